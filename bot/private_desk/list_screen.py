"""
A list of reviews in a moderator's private chat, and the buttons that open them. Pure.

A text has room for 4,096 UTF-16 units: five reviews with their excerpts stay far below.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text, TextLink, as_list

from bot.archive.records import Review
from bot.desk.card_keyboard import Row, set_title
from bot.desk.desk_taps import DeskButton, DeskTap
from bot.desk.inert import inert
from bot.desk.panel import WIDE, packed
from bot.form.screens import rating_words
from bot.form.validation import clipped
from bot.private_desk.word_search import EXCERPT_LENGTH, excerpt
from bot.texts import Say
from triage.taxonomy import Taxonomy

# Reviews on a page, and classes on a page of /classes.
PAGE = 5
CLASSES_PAGE = 20

CLASSES_LENGTH = 80


@dataclass(frozen=True, slots=True)
class ListedReview:
    """
    A review of a list: its classes, and where in its text the excerpt begins and its length.

    `card_link` leads to its card in the group; empty if there is none.
    """

    review: Review
    classes: tuple[int, ...] = ()
    place: int = 0
    card_link: str = ""
    length: int = EXCERPT_LENGTH


@dataclass(frozen=True, slots=True)
class ListScreen:
    """A message that lists reviews, with the numbers of these reviews."""

    text: Text
    buttons: InlineKeyboardMarkup | None
    numbers: tuple[int, ...] = ()


def entry(listed: ListedReview, taxonomy: Taxonomy, say: Say) -> Text:
    """Return the lines of one review."""
    review = listed.review
    number = say("card-number", number=str(review.number))
    head = TextLink(number, url=listed.card_link) if listed.card_link else Bold(number)
    rating = "" if review.rating is None else rating_words(review.rating, taxonomy, say)
    classes = set_title(listed.classes, taxonomy, say, CLASSES_LENGTH)
    rest = [part for part in (rating, classes) if part]
    text = inert(excerpt(review.text, listed.place, listed.length))
    return Text(head, *(f" · {part}" for part in rest), "\n", Italic(text))


def list_text(
    heading: Sequence[Text | str],
    listed: Sequence[ListedReview],
    footer: Sequence[str],
    taxonomy: Taxonomy,
    say: Say,
) -> Text:
    """Return a heading, the reviews, and the lines below them."""
    entries = (entry(one, taxonomy, say) for one in listed)
    return as_list(*heading, *entries, *(Italic(words) for words in footer), sep="\n\n")


def open_rows(numbers: Sequence[int], say: Say) -> list[Row]:
    """Return the buttons that open reviews, up to three in a row."""
    keys = [
        key(DeskButton.OPEN, number, say("list-button-open", number=str(number)))
        for number in numbers
    ]
    return [keys[place : place + 3] for place in range(0, len(keys), 3)]


def class_rows(
    counts: Sequence[tuple[int, int]], page: int, taxonomy: Taxonomy, say: Say
) -> list[Row]:
    """Return a button for each class of a page, with its count, and those to other pages."""
    shown = counts[page * CLASSES_PAGE : (page + 1) * CLASSES_PAGE]
    buttons = [
        key(DeskButton.CLASS_PAGE, 0, _counted(class_id, count, taxonomy, say), class_id)
        for class_id, count in shown
    ]
    pages = []
    if page:
        pages.append(key(DeskButton.CLASS_LIST, page - 1, say("desk-button-page-back")))
    if len(counts) > (page + 1) * CLASSES_PAGE:
        pages.append(key(DeskButton.CLASS_LIST, page + 1, say("desk-button-more")))
    return packed(buttons) + ([pages] if pages else [])


def key(
    button: DeskButton, number: int, text: str, value: int | None = None
) -> InlineKeyboardButton:
    """Return a button of a list."""
    data = DeskTap(button, number, 0, value).pack()
    return InlineKeyboardButton(text=text, callback_data=data)


def _counted(class_id: int, count: int, taxonomy: Taxonomy, say: Say) -> str:
    return f"{clipped(taxonomy.title(class_id, say.language), WIDE - 8)} · {count}"
