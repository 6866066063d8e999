"""
The buttons below an answer: the other picture, and the author's own check. Pure.

The check is offered only if the answer shows the model's classes.
"""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.archive.author_checks import SOMETHING_ELSE, AuthorCheck
from bot.archive.records import Review
from bot.form.callbacks import AuthorSays, AuthorWord
from bot.form.screens import picture_button
from bot.form.validation import clipped
from bot.texts import Say
from triage.cascade import Confidence
from triage.taxonomy import Taxonomy

# How many of the next most probable classes are offered after "no".
OFFERED = 4

# A class on a button that is alone in its row: UTF-16 units that a phone shows.
TITLE_SHOWN = 40

Rows = list[list[InlineKeyboardButton]]


def answer_buttons(
    review: Review,
    taxonomy: Taxonomy,
    say: Say,
    check: AuthorCheck | None = None,
    *,
    checked: Sequence[int] | None = None,
    shows_every_class: bool = False,
) -> InlineKeyboardMarkup:
    """
    Return the buttons below an answer with a picture.

    `checked` are the classes that a person has settled on, which replace the model's.
    """
    picture = picture_button(review.number, say, shows_every_class=shows_every_class)
    asked = [] if checked else check_rows(review, taxonomy, say, check)
    return InlineKeyboardMarkup(inline_keyboard=[*picture.inline_keyboard, *asked])


def buttons_of_words(
    review: Review,
    taxonomy: Taxonomy,
    say: Say,
    check: AuthorCheck | None = None,
    *,
    checked: Sequence[int] | None = None,
) -> InlineKeyboardMarkup | None:
    """Return the buttons below an answer without a picture, None if there are none."""
    asked = [] if checked else check_rows(review, taxonomy, say, check)
    return InlineKeyboardMarkup(inline_keyboard=asked) if asked else None


def check_rows(review: Review, taxonomy: Taxonomy, say: Say, check: AuthorCheck | None) -> Rows:
    """
    Return the buttons of the question; after "no" those of other classes.

    Then one button tells what the author said, and asks again.
    """
    if not _shown_classes(review, taxonomy):
        return []
    right = _button(review, say("button-check-right"), AuthorWord.RIGHT)
    if check is None:
        return [[right, _button(review, say("button-check-wrong"), AuthorWord.WRONG)]]
    if check.is_right or check.about is not None:
        return [[_button(review, _told(check, taxonomy, say), AuthorWord.AGAIN)]]
    offered = [
        [_button(review, _title(class_id, taxonomy, say), AuthorWord.ABOUT, class_id)]
        for class_id in next_classes(review, taxonomy)
    ]
    other = _button(review, say("button-check-else"), AuthorWord.ABOUT, SOMETHING_ELSE)
    return [*offered, [other], [_button(review, say("button-check-right-after-all"))]]


def next_classes(review: Review, taxonomy: Taxonomy) -> list[int]:
    """Return the most probable classes that the answer did not name."""
    shown, known = _shown_classes(review, taxonomy), review.answer
    if not shown or known is None:
        return []
    ranked = sorted(zip(known.probabilities, taxonomy.ids, strict=True), key=lambda pair: -pair[0])
    return [class_id for _, class_id in ranked if class_id not in shown][:OFFERED]


def _shown_classes(review: Review, taxonomy: Taxonomy) -> tuple[int, ...]:
    """Return the classes that the author read, none if the answer named none."""
    decision = review.answer.under(taxonomy) if review.answer else None
    if decision is None or decision.confidence is Confidence.PERSON:
        return ()
    return decision.classes


def _told(check: AuthorCheck, taxonomy: Taxonomy, say: Say) -> str:
    if check.is_right:
        return say("button-check-said-right")
    if check.about not in taxonomy.by_id:
        return say("button-check-said-else")
    title = taxonomy.public_title(check.about, say.language)
    return clipped(say("button-check-said-about", title=title), TITLE_SHOWN)


def _title(class_id: int, taxonomy: Taxonomy, say: Say) -> str:
    return clipped(taxonomy.public_title(class_id, say.language), TITLE_SHOWN)


def _button(
    review: Review, words: str, word: AuthorWord = AuthorWord.RIGHT, about: int = 0
) -> InlineKeyboardButton:
    data = AuthorSays(number=review.number, word=word, about=about)
    return InlineKeyboardButton(text=words, callback_data=data.pack())
