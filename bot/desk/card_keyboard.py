"""The buttons below a card, by the state of its case. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.archive.desk_records import CaseState
from bot.archive.records import Review
from bot.desk.alternatives import Alternatives, alternatives
from bot.desk.case_view import CaseView
from bot.desk.desk_taps import DeskButton, DeskTap
from bot.form.validation import clipped, utf16_length
from bot.texts import Say
from triage.taxonomy import Taxonomy

# A button that is alone in its row, and two that share one: UTF-16 units that a phone shows.
WIDE = 40
NARROW = 19

Row = list[InlineKeyboardButton]


def card_keyboard(
    review: Review, view: CaseView, taxonomy: Taxonomy, say: Say
) -> InlineKeyboardMarkup:
    """Return the buttons for what may be done with the case now."""
    keys = _Keys(view, say)
    if view.case.state is CaseState.SPAM:
        spam_rows = [[keys.key(DeskButton.NOT_SPAM)], _ban_row(keys, view)]
        return InlineKeyboardMarkup(inline_keyboard=spam_rows)
    rows = _label_rows(keys, alternatives(review.answer, taxonomy), view, taxonomy, say)
    return InlineKeyboardMarkup(inline_keyboard=[*rows, *_case_rows(keys, view)])


def set_title(classes: Sequence[int], taxonomy: Taxonomy, say: Say, width: int = WIDE) -> str:
    """Return the titles of a set, joined, and shortened evenly until they fit into `width`."""
    known = [class_id for class_id in classes if class_id in taxonomy.by_id]
    titles = [taxonomy.title(class_id, say.language) for class_id in known]
    room = max(4, (width - 3 * (len(titles) - 1)) // max(1, len(titles)))
    whole = " + ".join(titles)
    return (
        whole
        if utf16_length(whole) <= width
        else " + ".join(clipped(title, room) for title in titles)
    )


class _Keys:
    def __init__(self, view: CaseView, say: Say) -> None:
        self._case = view.case
        self._say = say

    def key(
        self, button: DeskButton, value: int | None = None, text: str | None = None
    ) -> InlineKeyboardButton:
        tap = DeskTap(button, self._case.number, self._case.version, value)
        words = text or self._say(f"desk-button-{button.name.lower().replace('_', '-')}")
        return InlineKeyboardButton(text=words, callback_data=tap.pack())


def _label_rows(
    keys: _Keys, sets: Alternatives, view: CaseView, taxonomy: Taxonomy, say: Say
) -> list[Row]:
    if view.standing.labels:
        undo: Row = [keys.key(DeskButton.UNDO)] if view.can_undo else []
        return [[*undo, keys.key(DeskButton.FIX)]]
    first: Row = [] if sets.shown is None else [keys.key(DeskButton.RIGHT)]
    others = [
        [keys.key(DeskButton.ALTERNATIVE, place, f"➜ {set_title(classes, taxonomy, say)}")]
        for place, classes in enumerate(sets.on_card)
    ]
    return [[*first, keys.key(DeskButton.FIX)], *others]


def _ban_row(keys: _Keys, view: CaseView) -> Row:
    if view.author.note.ban is not None:
        return [keys.key(DeskButton.UNBAN)]
    return [keys.key(DeskButton.BAN), keys.key(DeskButton.SILENT_BAN)]


def _case_rows(keys: _Keys, view: CaseView) -> list[Row]:
    if view.case.state is CaseState.CLOSED:
        return [[keys.key(DeskButton.REOPEN), keys.key(DeskButton.SPAM)]]
    take = DeskButton.TAKE if view.case.owner_id is None else DeskButton.TAKE_OVER
    return [
        [keys.key(DeskButton.REPLY), keys.key(take)],
        [keys.key(DeskButton.CLOSE), keys.key(DeskButton.SPAM)],
    ]
