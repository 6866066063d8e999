"""
What the bot says about a sent review: receipt, answer, moderators' card, digest.

Pure: values in, text with entities out. Captions stay within Telegram's 1,024 UTF-16 units and
texts within 4,096 (https://core.telegram.org/bots/api#sendphoto, #sendmessage), whatever the
titles and names are: lists are cut with a count, lines with an ellipsis; a review never is.
"""

from collections.abc import Sequence

from aiogram.utils.formatting import BlockQuote, Bold, ExpandableBlockQuote, Italic, Text, as_list

from bot.archive.values import Answer, Review
from bot.screens import tag_titles
from bot.texts import Say
from bot.validation import utf16_length
from charts.words import percent
from triage.cascade import Confidence, Decision
from triage.taxonomy import Taxonomy

# More classes than these are a count: an answer is read at a glance, and captions are short.
CLASSES_SHOWN = 5

# A class's title as one line on a phone; UTF-16 units.
TITLE_LENGTH = 48

# The longest text that a card has room for in a caption, beside everything else at its longest.
MAX_TEXT_LENGTH = 400

# Lines of a digest; 20 of the longest fit into one message.
DIGEST_SIZE = 20
EXCERPT_LENGTH = 60


def receipt(review: Review, say: Say, *, before: int | None) -> Text:
    """Return what the preview becomes when the review is accepted; `before` None is not known."""
    number = str(review.number)
    place = (
        say("receipt-waiting", number=number)
        if before is None
        else say("receipt", number=number, before=before)
    )
    return as_list(Bold(place), BlockQuote(review.text))


def answer(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    """Return the caption below the chart: classes with per cents and how sure the model is."""
    title = Bold(say("answer-title", number=str(review.number)))
    known = review.answer
    decision = known.decision if known else None
    if known is None or decision is None:
        return as_list(title, say("answer-no-classes"))
    classes = _classes(known, decision, taxonomy, say)
    if decision.confidence is Confidence.PERSON:
        return as_list(title, say("answer-person"), *classes)
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


def digest(reviews: Sequence[Review], taxonomy: Taxonomy, say: Say) -> Text:
    """Return one message for many reviews, each with the command that opens its card."""
    return as_list(
        Bold(say("digest-title", count=len(reviews))),
        *(_digest_line(review, taxonomy, say) for review in reviews),
        sep="\n\n",
    )


def _digest_line(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    decision = review.answer.decision if review.answer else None
    titles = (
        say("card-person")
        if decision is None or decision.confidence is Confidence.PERSON
        else _clipped(taxonomy.title(decision.classes[0], say.language), TITLE_LENGTH)
    )
    return Text(
        f"/r{review.number} · {_rating(review, say)} · {titles}\n",
        Italic(_clipped(" ".join(review.text.split()), EXCERPT_LENGTH)),
    )


def _verdict(known: Answer | None, taxonomy: Taxonomy, say: Say) -> list[Text | str]:
    if known is None or known.decision is None:
        return [Bold(say("card-failed"))]
    decision = known.decision
    model = say("card-model", model=f"{known.model.name} {known.model.version}")
    confidence = say(f"confidence-{decision.confidence}")
    title = (
        say("card-person")
        if decision.confidence is Confidence.PERSON
        else say("card-classes", confidence=confidence)
    )
    return [Bold(title), *_classes(known, decision, taxonomy, say), Italic(model)]


def _classes(known: Answer, decision: Decision, taxonomy: Taxonomy, say: Say) -> list[str]:
    probability = dict(zip(taxonomy.ids, known.probabilities, strict=True))
    lines = [
        f"• {_clipped(taxonomy.title(c, say.language), TITLE_LENGTH)}: "
        f"{percent(probability[c], say.language)}"
        for c in decision.classes[:CLASSES_SHOWN]
    ]
    hidden = len(decision.classes) - CLASSES_SHOWN
    return [*lines, say("classes-more", count=hidden)] if hidden > 0 else lines


def _rating(review: Review, say: Say) -> str:
    return say("card-rating", rating=review.rating)


def _clipped(words: str, length: int) -> str:
    if utf16_length(words) <= length:
        return words
    while utf16_length(words) > length - 1:
        words = words[:-1]
    return words.rstrip() + "…"
