"""
A moderator's panel: whole sets, classes to switch, groups, search. Pure.

The ids of the classes on a screen are in its buttons, so a panel needs no state but its draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Italic, Text, as_list

from bot.archive.records import Review
from bot.desk.alternatives import Alternatives, Classes
from bot.desk.card_keyboard import Row, set_title
from bot.desk.class_lines import TITLE_LENGTH
from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from bot.desk.inert import inert
from bot.form.screens import rating_words, tag_titles
from bot.form.validation import clipped, utf16_length
from bot.texts import Say
from charts.words import percent
from triage.taxonomy import Taxonomy

# Classes of one screen, and the units of a definition: the longest screen fits into a message.
MAX_LISTED = 20
DEFINITION_LENGTH = 400

# https://core.telegram.org/bots/api#sendmessage, UTF-16 units.
MESSAGE_LENGTH = 4096

# For a panel in the group, which only its moderator sees: Telegram refuses a longer text in an edit
# of such a message (https://github.com/tdlib/telegram-bot-api/issues/881).
EPHEMERAL_LENGTH = 1024

# A phone shows two buttons of NARROW units in a row, or one of WIDE units.
NARROW, WIDE = 19, 38

# Marks the model's guess if it is not sure. A tap adds it to the chosen classes; a set with an
# equals sign replaces them.
GUESS_MARK = "💡"


@dataclass(frozen=True, slots=True)
class _Room:
    """The UTF-16 units of each definition, of the chosen titles together, and of the review."""

    definition: int
    chosen: int
    review: int


_ROOMS = (
    _Room(DEFINITION_LENGTH, 300, MESSAGE_LENGTH),
    _Room(100, 300, MESSAGE_LENGTH),
    _Room(30, 300, MESSAGE_LENGTH),
    _Room(0, 100, MESSAGE_LENGTH),
    _Room(0, 100, 400),
)


@dataclass(frozen=True, slots=True)
class PanelScreen:
    """What a panel lists: the first classes, or (not `is_top`) a group or search results."""

    listed: Classes
    is_top: bool = True
    heading: str = ""
    with_meaning: bool = False


@dataclass(frozen=True, slots=True)
class PanelView:
    """
    A review, what its model answered, and the classes that the moderator has chosen.

    `elsewhere` are sets for which the message has other buttons, so the panel has none.
    """

    review: Review
    sets: Alternatives
    chosen: Classes
    taxonomy: Taxonomy
    say: Say
    elsewhere: frozenset[frozenset[int]] = frozenset()

    @property
    def guess(self) -> Classes:
        """The model's guess if the panel has a button for it."""
        return () if frozenset(self.sets.guess) in self.elsewhere else self.sets.guess


def panel_text(view: PanelView, screen: PanelScreen, limit: int = MESSAGE_LENGTH) -> Text:
    """
    Return the text of an open panel of at most `limit` UTF-16 units.

    If it does not fit, it is shortened in this order: definitions, chosen titles, review.
    """
    texts = (_panel_text(view, screen, room) for room in _ROOMS)
    fitting = (text for text in texts if utf16_length(text.render()[0]) <= limit)
    return next(fitting, _panel_text(view, screen, _ROOMS[-1]))


def _panel_text(view: PanelView, screen: PanelScreen, room: _Room) -> Text:
    say, chosen = view.say, set_title(view.chosen, view.taxonomy, view.say, room.chosen)
    with_meaning = screen.with_meaning and room.definition > 0
    return as_list(
        *_review_lines(view, room.review),
        *([Bold(say("panel-chosen", classes=chosen))] if view.chosen else _nothing_yet(view)),
        *([screen.heading] if screen.heading else []),
        *([_definitions(view, screen, room.definition)] if with_meaning else []),
        Italic(say("panel-hint-ranked" if _is_ranked(view) else "panel-hint")),
    )


def _nothing_yet(view: PanelView) -> list[Text | str]:
    """Return that nothing is chosen, and which button chooses the model's guess."""
    guess = [view.say("panel-guess-ranked" if _is_ranked(view) else "panel-guess")]
    return [Bold(view.say("panel-none")), *(guess if view.guess else [])]


def _is_ranked(view: PanelView) -> bool:
    answer = view.review.answer
    return answer is not None and answer.only_ranked


def settled_text(view: PanelView, words: Sequence[str]) -> Text:
    """Return the text of a panel whose classes are settled or undone."""
    return as_list(*_review_lines(view), *(Bold(one) for one in words))


def panel_keyboard(view: PanelView, screen: PanelScreen) -> InlineKeyboardMarkup:
    """Return the buttons of an open panel."""
    answer = view.review.answer
    shares = {} if answer is None else answer.shares(view.taxonomy)
    toggles = packed([_toggle(view, one, shares.get(one, 0.0)) for one in screen.listed])
    if not screen.is_top:
        bottom = [_key(view, DeskButton.TOP), _key(view, DeskButton.MEANING)]
        return InlineKeyboardMarkup(inline_keyboard=[*toggles, [*bottom, _done(view)]])
    sets = [
        [
            _key(
                view,
                DeskButton.SET,
                place,
                f"{_mark(place, view)} {set_title(classes, view.taxonomy, view.say, WIDE)}",
            )
        ]
        for place, classes in enumerate(view.sets.on_panel)
        if frozenset(classes) not in view.elsewhere
    ]
    groups = packed(
        [
            _key(view, DeskButton.GROUP, place, f"{group.title.into(view.say.language)} ›")
            for place, group in enumerate(view.taxonomy.groups)
        ]
    )
    bottom = [_key(view, DeskButton.MEANING), _key(view, DeskButton.SEARCH), _done(view)]
    return InlineKeyboardMarkup(inline_keyboard=[*sets, *toggles, *groups, bottom])


def _mark(place: int, view: PanelView) -> str:
    return GUESS_MARK if view.guess and place == 0 else "="


def settled_keyboard(view: PanelView, *, undo: bool) -> InlineKeyboardMarkup:
    """Return the buttons of a panel whose classes are settled."""
    again = _key(view, DeskButton.EDIT_AGAIN)
    row = [_key(view, DeskButton.UNDO_PANEL, text=view.say("desk-button-undo")), again]
    return InlineKeyboardMarkup(inline_keyboard=[row if undo else [again]])


def top_screen(view: PanelView, *, with_meaning: bool = False) -> PanelScreen:
    """Return the first screen: the most probable classes, and those that are chosen."""
    more = [class_id for class_id in view.chosen if class_id not in view.sets.toggles]
    listed = (*view.sets.toggles, *more)[:MAX_LISTED]
    return PanelScreen(listed, with_meaning=with_meaning)


def group_screen(view: PanelView, place: int) -> PanelScreen | None:
    """Return the classes of a group; None if the taxonomy has no such group."""
    groups = view.taxonomy.groups
    if place >= len(groups):
        return None
    listed = [c.id for c in view.taxonomy.classes if c.group == groups[place].slug]
    title = groups[place].title.into(view.say.language)
    return PanelScreen(tuple(listed[:MAX_LISTED]), is_top=False, heading=title)


def search_screen(view: PanelView, words: str) -> PanelScreen:
    """Return the classes whose titles or definitions contain `words`; titles come first."""
    wanted = _folded(words)
    by_title, by_definition = [], []
    for found in view.taxonomy.classes:
        language = view.say.language
        if wanted in _folded(found.title.into(language)):
            by_title.append(found.id)
        elif wanted in _folded(found.definition.into(language)):
            by_definition.append(found.id)
    listed = tuple([*by_title, *by_definition][:MAX_LISTED])
    key = "panel-found" if listed else "panel-not-found"
    heading = view.say(key, words=inert(clipped(words, 40)))
    return PanelScreen(listed, is_top=False, heading=heading)


def screen_of(view: PanelView, shown: InlineKeyboardMarkup | None) -> PanelScreen:
    """Return the screen whose buttons are `shown`: a panel keeps its screen after a switch."""
    taps = [
        tap
        for row in (shown.inline_keyboard if shown else [])
        for button in row
        if (tap := parse_tap(button.callback_data or "")) is not None
    ]
    if not any(tap.button is DeskButton.TOP for tap in taps):
        return top_screen(view)
    switches = (DeskButton.ADD, DeskButton.REMOVE)
    listed = [tap.value for tap in taps if tap.button in switches and tap.value is not None]
    return PanelScreen(tuple(c for c in listed if c in view.taxonomy.by_id), is_top=False)


def switched(chosen: Classes, tap: DeskTap, sets: Alternatives, taxonomy: Taxonomy) -> Classes:
    """Return the chosen classes after a tap; a repeated tap changes nothing."""
    match tap.button, tap.value:
        case DeskButton.ADD, int(class_id) if class_id in taxonomy.by_id:
            return chosen if class_id in chosen else (*chosen, class_id)
        case DeskButton.REMOVE, int(class_id):
            return tuple(c for c in chosen if c != class_id)
        case DeskButton.SET, 0 if sets.guess:
            return (*chosen, *(c for c in sets.guess if c not in chosen))
        case DeskButton.SET, int(place) if place < len(sets.on_panel):
            return sets.on_panel[place]
        case _:
            return chosen


def _review_lines(view: PanelView, length: int = MESSAGE_LENGTH) -> list[Text | str]:
    review, say = view.review, view.say
    head = say("card-number", number=str(review.number))
    if review.rating is not None:
        head = f"{head} · {rating_words(review.rating, view.taxonomy, say)}"
    tags = [tag_titles(review.tags, view.taxonomy, say)] if review.tags else []
    return [Bold(head), *tags, ExpandableBlockQuote(inert(clipped(review.text, length)))]


def _definitions(view: PanelView, screen: PanelScreen, length: int) -> Text:
    language = view.say.language
    lines = [
        f"{clipped(view.taxonomy.title(c, language), TITLE_LENGTH)}: "
        f"{clipped(view.taxonomy.by_id[c].definition.into(language), length)}"
        for c in screen.listed
    ]
    return ExpandableBlockQuote("\n".join(lines))


def _toggle(view: PanelView, class_id: int, share: float) -> InlineKeyboardButton:
    is_chosen = class_id in view.chosen
    title = clipped(view.taxonomy.title(class_id, view.say.language), WIDE - 6)
    words = f"{'☑' if is_chosen else '☐'} {title}"
    if share >= 0.01:
        words += f" {percent(share, view.say.language)}"
    button = DeskButton.REMOVE if is_chosen else DeskButton.ADD
    return _key(view, button, class_id, words)


def _done(view: PanelView) -> InlineKeyboardButton:
    return _key(view, DeskButton.DONE)


def _key(
    view: PanelView, button: DeskButton, value: int | None = None, text: str | None = None
) -> InlineKeyboardButton:
    tap = DeskTap(button, view.review.number, 0, value)
    words = text or view.say(f"desk-button-{button.name.lower().replace('_', '-')}")
    return InlineKeyboardButton(text=words, callback_data=tap.pack())


def packed(buttons: Sequence[InlineKeyboardButton]) -> list[Row]:
    """Put two short buttons into a row; a long one gets a row of its own."""
    rows: list[Row] = []
    for button in buttons:
        last = rows[-1] if rows else []
        pair = [*last, button]
        if len(last) == 1 and all(utf16_length(one.text) <= NARROW for one in pair):
            rows[-1] = pair
        else:
            rows.append([button])
    return rows


def _folded(words: str) -> str:
    return " ".join(words.casefold().replace("ё", "е").split())
