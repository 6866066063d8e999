"""
What the bot says about sent reviews: receipt, answer, moderators' card, digest, queue.

Pure: values in, text with entities out. Captions stay within Telegram's 1,024 UTF-16 units and
texts within 4,096 (https://core.telegram.org/bots/api#sendphoto, #sendmessage), whatever the
titles and names are: lists are cut with a count, lines with an ellipsis; a review never is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiogram.utils.formatting import BlockQuote, Bold, ExpandableBlockQuote, Italic, Text, as_list

from bot.archive.records import Review, StoredAnswer
from bot.form.screens import tag_titles
from bot.form.validation import utf16_length
from bot.texts import Say
from charts.words import percent
from triage.cascade import Confidence
from triage.queue.backlog import Backlog
from triage.review import Language
from triage.taxonomy import Taxonomy

# More classes than these are a count: an answer is read at a glance, and captions are short.
CLASSES_SHOWN = 5

# Where the model does not know, moderators see what it would have guessed; customers do not.
CLOSEST_SHOWN = 3

# A class's title, UTF-16 units: room for those that ship, and five still fit into a card.
TITLE_LENGTH = 56

# Lines of a digest; 20 of the longest fit into one message.
DIGEST_SIZE = 20
EXCERPT_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Before:
    """This many reviews are read before the one of the receipt."""

    count: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """Nobody reads reviews at the moment."""


QueuePlace = Before | Delayed


def receipt(review: Review, say: Say, place: QueuePlace) -> Text:
    """Return what the preview becomes when the review is accepted."""
    number = str(review.number)
    words = (
        say("receipt", number=number, before=place.count)
        if isinstance(place, Before)
        else say("receipt-delayed", number=number)
    )
    return as_list(Bold(words), BlockQuote(review.text))


def answer(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    """Return the caption below the chart: classes with per cents and how sure the model is."""
    title = Bold(say("answer-title", number=str(review.number)))
    known = review.answer
    decision = known.under(taxonomy) if known else None
    if known is None or decision is None:
        return as_list(title, say("answer-no-classes"))
    if decision.confidence is Confidence.PERSON:
        return as_list(title, say("answer-person"))
    classes = _classes(known, decision.classes, taxonomy, say, taxonomy.public_title)
    confidence = say("answer-confidence", confidence=say(f"confidence-{decision.confidence}"))
    return as_list(title, *classes, Italic(confidence), "", say("answer-thanks"))


def card(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    """Return what the moderators read of an answered review."""
    head = f"{say('card-number', number=str(review.number))} · {_rating(review, say)}"
    tags = [tag_titles(review.tags, say)] if review.tags else []
    return as_list(
        Bold(head),
        *tags,
        ExpandableBlockQuote(review.text),
        *_verdict(review.answer, taxonomy, say),
    )


def digest(reviews: Sequence[Review], taxonomy: Taxonomy, say: Say, *, removed: int = 0) -> Text:
    """Return one message for many reviews, each with the command that opens its card."""
    return as_list(
        Bold(say("digest-title", count=len(reviews))),
        *(_digest_line(review, taxonomy, say) for review in reviews),
        *([say("digest-removed", count=removed)] if removed else []),
        sep="\n\n",
    )


def removed(number: int, say: Say) -> Text:
    """Return what a card says whose review was erased at its author's wish."""
    return Text(say("card-removed", number=str(number)))


def queue(backlog: Backlog, answered: int, minutes: int, say: Say) -> Text:
    """Return what moderators are told of the queue; `answered` were in the last `minutes`."""
    waiting = backlog.jobs
    oldest = say(
        "queue-age", minutes=int(waiting.oldest_s // 60), seconds=int(waiting.oldest_s) % 60
    )
    return as_list(
        Bold(say("queue-waiting", count=waiting.entries)),
        *([say("queue-oldest", age=oldest)] if waiting.entries else []),
        say("queue-workers", count=backlog.workers),
        say("queue-answers", count=backlog.outcomes.entries),
        say("queue-dead", count=backlog.dead.entries),
        say("queue-rate", count=answered, minutes=minutes),
    )


def _digest_line(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    decision = review.answer.under(taxonomy) if review.answer else None
    title = (
        say("card-person")
        if decision is None or decision.confidence is Confidence.PERSON
        else _clipped(taxonomy.title(decision.classes[0], say.language), TITLE_LENGTH)
    )
    return Text(
        f"/r{review.number} · {_rating(review, say)} · {title}\n",
        Italic(_clipped(" ".join(review.text.split()), EXCERPT_LENGTH)),
    )


def _verdict(known: StoredAnswer | None, taxonomy: Taxonomy, say: Say) -> list[Text | str]:
    decision = known.under(taxonomy) if known else None
    if known is None or decision is None:
        return [Bold(say("card-failed"))]
    model = Italic(say("card-model", model=f"{known.model.name} {known.model.version}"))
    if decision.confidence is Confidence.PERSON:
        closest = _classes(known, _closest(known, taxonomy), taxonomy, say, taxonomy.title)
        return [Bold(say("card-person")), say("card-closest"), *closest, model]
    title = say("card-classes", confidence=say(f"confidence-{decision.confidence}"))
    classes = _classes(known, decision.classes, taxonomy, say, taxonomy.title)
    return [Bold(title), *classes, model]


def _closest(known: StoredAnswer, taxonomy: Taxonomy) -> list[int]:
    """Return the most probable classes; the one a fallback files a review under need not be."""
    ranked = sorted(zip(known.probabilities, taxonomy.ids, strict=True), key=lambda pair: -pair[0])
    return [class_id for _, class_id in ranked[:CLOSEST_SHOWN]]


def _classes(
    known: StoredAnswer,
    ids: Sequence[int],
    taxonomy: Taxonomy,
    say: Say,
    title: Callable[[int, Language], str],
) -> list[str]:
    probability = dict(zip(taxonomy.ids, known.probabilities, strict=True))
    lines = [
        f"• {_clipped(title(c, say.language), TITLE_LENGTH)}: "
        f"{percent(probability[c], say.language)}"
        for c in ids[:CLASSES_SHOWN]
    ]
    hidden = len(ids) - CLASSES_SHOWN
    return [*lines, say("classes-more", count=hidden)] if hidden > 0 else lines


def _rating(review: Review, say: Say) -> str:
    return say("card-rating", rating=review.rating)


def _clipped(words: str, length: int) -> str:
    if utf16_length(words) <= length:
        return words
    while utf16_length(words) > length - 1:
        words = words[:-1]
    return words.rstrip() + "…"
