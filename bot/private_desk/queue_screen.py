"""What a moderator sees in /unsure: the panel of a review with the buttons of the queue. Pure."""

from dataclasses import dataclass, replace

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text, as_list

from bot.archive.desk_messages import QueueCard
from bot.archive.desk_records import Label
from bot.archive.queue_store import POOL
from bot.desk.card_keyboard import Row, set_title
from bot.desk.desk_taps import DeskButton, DeskTap
from bot.desk.panel import WIDE, PanelScreen, PanelView, panel_keyboard, panel_text
from bot.desk.standing import Standing
from bot.texts import Say

# For a disputed review: how many people's sets are offered, and the units of each in the text.
SIDES_SHOWN = 3
SIDE_LENGTH = 60

# Above this, the queue only says "more than": it does not read all remaining reviews.
COUNTED = POOL // 2


@dataclass(frozen=True, slots=True)
class QueueView:
    """The panel of a review, its place in the queue, and what people have settled on."""

    panel: PanelView
    card: QueueCard
    standing: Standing

    @property
    def sides(self) -> tuple[Label, ...]:
        """The labels of a dispute, one for each set; none if the review is not disputed."""
        if not self.standing.is_disputed:
            return ()
        by_set = {frozenset(label.content.classes): label for label in self.standing.labels}
        return tuple(by_set.values())[:SIDES_SHOWN]

    @property
    def inner(self) -> PanelView:
        """The panel without the sets that the first buttons of the queue save."""
        sets, sides = self.panel.sets, self.sides
        model = (*sets.on_card, *([sets.shown] if sets.shown else []))
        first = [side.content.classes for side in sides] if sides else model
        return replace(self.panel, elsewhere=frozenset(map(frozenset, first)))


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What the queue's message shows, and its record; None if it leads to no review."""

    card: QueueCard | None
    text: Text
    keyboard: InlineKeyboardMarkup | None


def queue_page(view: QueueView, screen: PanelScreen) -> QueuePage:
    """Return a screen of a review."""
    return QueuePage(view.card, queue_text(view, screen), queue_keyboard(view, screen))


def end_page(last: int | None, say: Say) -> QueuePage:
    """Return that nothing is left, and the way back to the last review if there was one."""
    text = Text(say("queue-empty"))
    if last is None:
        return QueuePage(None, text, None)
    keyboard = InlineKeyboardMarkup(inline_keyboard=[_previous_row(last, say)])
    return QueuePage(QueueCard.at_end(last), text, keyboard)


def queue_text(view: QueueView, screen: PanelScreen) -> Text:
    """Return the text of the message."""
    say = view.panel.say
    lines: list[Text | str] = [_left(view)]
    if view.sides:
        sets = (_title(view, label, SIDE_LENGTH) for label in view.sides)
        lines.append(Bold(say("queue-disputed", sets=" / ".join(sets))))
    return as_list(*lines, panel_text(view.inner, screen))


def queue_keyboard(view: QueueView, screen: PanelScreen) -> InlineKeyboardMarkup:
    """Return the buttons: those of the panel, and those that lead to the next review."""
    rows = panel_keyboard(view.inner, screen).inline_keyboard
    if screen.is_top:
        rows = [*_first_rows(view), *rows]
    previous = view.card.previous
    if previous is not None:
        rows = [*rows, _previous_row(previous, view.panel.say)]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _previous_row(previous: int, say: Say) -> Row:
    words = say("queue-button-previous", number=str(previous))
    return [_key(DeskButton.PREVIOUS, previous, words)]


def _left(view: QueueView) -> str:
    is_exact = view.card.remaining <= COUNTED
    key = "queue-left" if is_exact else "queue-left-many"
    return view.panel.say(key, count=min(view.card.remaining, COUNTED))


def _first_rows(view: QueueView) -> list[Row]:
    """Return the buttons that save a set and continue: sides of a dispute, or the model's sets."""
    say, number, sets = view.panel.say, view.card.number, view.panel.sets
    skip = _key(DeskButton.SKIP, number, say("desk-button-skip"))
    if view.sides:
        sides = [
            [_key(DeskButton.SIDE, number, f"➜ {_title(view, side, WIDE)}", side.label_id)]
            for side in view.sides
        ]
        return [*sides, [skip]]
    right = [] if sets.shown is None else [_key(DeskButton.RIGHT, number, say("desk-button-right"))]
    others = [
        [_key(DeskButton.ALTERNATIVE, number, f"➜ {_set_title(view, classes)}", place)]
        for place, classes in enumerate(sets.on_card)
    ]
    return [[*right, skip], *others]


def _title(view: QueueView, label: Label, width: int) -> str:
    return set_title(label.content.classes, view.panel.taxonomy, view.panel.say, width)


def _set_title(view: QueueView, classes: tuple[int, ...]) -> str:
    return set_title(classes, view.panel.taxonomy, view.panel.say, WIDE)


def _key(
    button: DeskButton, number: int, text: str, value: int | None = None
) -> InlineKeyboardButton:
    data = DeskTap(button, number, 0, value).pack()
    return InlineKeyboardButton(text=text, callback_data=data)
