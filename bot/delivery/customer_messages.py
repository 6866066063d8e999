"""
What customers read about a sent review: the receipt and the answer. Pure.

Captions stay within Telegram's 1,024 UTF-16 units and texts within 4,096
(https://core.telegram.org/bots/api#sendphoto, #sendmessage): lists are cut with a count, titles
with an ellipsis; a review is never cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.utils.formatting import BlockQuote, Bold, Italic, Text, as_list

from bot.archive.records import Review
from bot.desk.class_lines import class_lines
from bot.texts import Say
from triage.cascade import Confidence
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Before:
    """This many reviews are classified before the one of the receipt."""

    count: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """No worker reads reviews at the moment."""


@dataclass(frozen=True, slots=True)
class ReadByPeople:
    """Training mode: moderators read reviews, and no model answers customers."""


QueuePlace = Before | Delayed | ReadByPeople


def receipt(review: Review, say: Say, place: QueuePlace) -> Text:
    """Return the receipt that replaces the preview when the review is accepted."""
    number = str(review.number)
    match place:
        case Before(count):
            words = say("receipt", number=number, before=count)
        case Delayed():
            words = say("receipt-delayed", number=number)
        case ReadByPeople():
            words = say("receipt-people", number=number)
    return as_list(Bold(words), BlockQuote(review.text))


def answer(
    review: Review, taxonomy: Taxonomy, say: Say, *, checked: Sequence[int] | None = None
) -> Text:
    """
    Return the caption below the chart: classes with percentages and how sure the model is.

    `checked` are the classes that a person has settled on, which replace the model's.
    """
    title = Bold(say("answer-title", number=str(review.number)))
    known = review.answer
    if checked:
        classes = class_lines(None, checked, taxonomy, say, taxonomy.public_title)
        return as_list(title, *classes, Italic(say("answer-checked")), "", say("answer-thanks"))
    decision = known.under(taxonomy) if known else None
    if known is None or decision is None:
        return as_list(title, say("answer-no-classes"))
    if decision.confidence is Confidence.PERSON:
        return as_list(title, say("answer-ranked" if known.only_ranked else "answer-person"))
    classes = class_lines(known, decision.classes, taxonomy, say, taxonomy.public_title)
    confidence = say("answer-confidence", confidence=say(f"confidence-{decision.confidence}"))
    return as_list(title, *classes, Italic(confidence), "", say("answer-thanks"))
