"""
What moderators read in their group: a card, a digest of many reviews, the state of the queue. Pure.

Captions stay within Telegram's 1,024 UTF-16 units and texts within 4,096
(https://core.telegram.org/bots/api#sendphoto, #sendmessage): lists are cut with a count, lines with
an ellipsis; the text of a review in a card is never cut.
"""

from collections.abc import Sequence, Set
from enum import Enum, auto

from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Italic, Text, as_list

from bot.archive.desk_records import Case, CaseState
from bot.archive.records import Review, StoredAnswer
from bot.desk.author_lines import author_lines, training_line
from bot.desk.card_keyboard import set_title
from bot.desk.case_view import CaseView
from bot.desk.class_lines import CLASSES_SHOWN, TITLE_LENGTH, class_lines
from bot.desk.inert import inert
from bot.form.screens import rating_words, tag_titles
from bot.form.validation import clipped, utf16_length
from bot.texts import Say, local_time
from triage.cascade import Confidence
from triage.queue.backlog import Backlog
from triage.queue.served_models import ServedModel
from triage.taxonomy import Taxonomy

# If the model is not sure, moderators see the most probable classes; customers do not.
CLOSEST_SHOWN = 3

# https://core.telegram.org/bots/api#sendphoto, UTF-16 units.
CAPTION_LENGTH = 1024

# For a disputed review: how many people's sets are shown, and the units of each.
SIDES_SHOWN = 3
SIDE_LENGTH = 60

# Lines of a digest; 20 of the longest fit into one message.
DIGEST_SIZE = 20

# The titles of a review's topics in a card, UTF-16 units: the eight that ship are not cut.
TOPICS_LENGTH = 100

EXCERPT_LENGTH = 60


class CardPart(Enum):
    """Parts that can be omitted from a card, in this order."""

    MODEL = auto()
    AGE = auto()
    SOURCE = auto()
    TOPICS = auto()
    MORE_CLASSES = auto()  # all but three


def card(review: Review, taxonomy: Taxonomy, say: Say, view: CaseView | None = None) -> Text:
    """
    Return the card of an answered review and its case.

    Parts that do not fit into a caption are omitted in the order of `CardPart`; the review's text
    is never shortened.
    """
    view = view or CaseView(Case(review.number))
    parts = list(CardPart)
    left_out = (frozenset(parts[:count]) for count in range(len(parts)))
    shown = (_card(review, taxonomy, say, view, without) for without in left_out)
    shortest = _card(review, taxonomy, say, view, frozenset(parts))
    return next((text for text in shown if _units(text) <= CAPTION_LENGTH), shortest)


def digest(reviews: Sequence[Review], taxonomy: Taxonomy, say: Say, *, removed: int = 0) -> Text:
    """Return one message for many reviews, each with the command that opens its card."""
    return as_list(
        Bold(say("digest-title", count=len(reviews))),
        *(_digest_line(review, taxonomy, say) for review in reviews),
        *([say("digest-removed", count=removed)] if removed else []),
        sep="\n\n",
    )


def commands(reviews: Sequence[Review]) -> Text:
    """Return the commands that open the cards, if Telegram refuses any other form."""
    return Text("\n".join(f"/r{review.number}" for review in reviews))


def removed(number: int, say: Say) -> Text:
    """Return the text of a card whose review was erased at its author's request."""
    return Text(say("card-removed", number=str(number)))


def queue(
    backlog: Backlog,
    answered: int,
    minutes: int,
    say: Say,
    *,
    passed_over: int = 0,
    models: Sequence[ServedModel] = (),
    erasures: tuple[int, int] = (0, 0),
) -> Text:
    """
    Return the state of the queue for moderators; `answered` reviews in the last `minutes`.

    `passed_over` is how many reviews have no card because Telegram refused it; `models` are those
    in use; `erasures` is how many wait, and how many of them have failed several times.
    """
    waiting = backlog.jobs
    oldest = say(
        "queue-age", minutes=int(waiting.oldest_s // 60), seconds=int(waiting.oldest_s) % 60
    )
    return as_list(
        Bold(say("queue-waiting", count=waiting.entries)),
        *([say("queue-oldest", age=oldest)] if waiting.entries else []),
        say("queue-workers", count=backlog.workers),
        *_model_lines(models, say),
        say("queue-answers", count=backlog.outcomes.entries),
        say("queue-dead", count=backlog.dead.entries),
        say("queue-rate", count=answered, minutes=minutes),
        *([say("queue-passed-over", count=passed_over)] if passed_over else []),
        *([say("queue-erasures", count=erasures[0], stuck=erasures[1])] if erasures[0] else []),
    )


def _model_lines(models: Sequence[ServedModel], say: Say) -> list[str]:
    """Return each model once, and the reasons why no larger model is used."""
    names = dict.fromkeys(f"{model.name} {model.version}" for model in models)
    reasons = dict.fromkeys(model.not_larger for model in models if model.not_larger)
    return [
        *(say("queue-model", model=name) for name in names),
        *(say("queue-no-larger-model", reason=reason) for reason in reasons),
    ]


def _digest_line(review: Review, taxonomy: Taxonomy, say: Say) -> Text:
    decision = review.answer.under(taxonomy) if review.answer else None
    title = (
        say(_person_key(review.answer))
        if decision is None or decision.confidence is Confidence.PERSON
        else clipped(taxonomy.title(decision.classes[0], say.language), TITLE_LENGTH)
    )
    photos = f"📷 {review.photos}" if review.photos else ""
    return Text(
        _joined(f"/r{review.number}", _rating(review, taxonomy, say), title, photos) + "\n",
        Italic(inert(clipped(" ".join(review.text.split()), EXCERPT_LENGTH))),
    )


def _card(
    review: Review, taxonomy: Taxonomy, say: Say, view: CaseView, without: Set[CardPart]
) -> Text:
    number = say("card-number", number=str(review.number))
    head = _joined(number, inert(view.author.name), _rating(review, taxonomy, say))
    topics = clipped(tag_titles(review.tags, taxonomy, say), TOPICS_LENGTH)
    shown = CLOSEST_SHOWN if CardPart.MORE_CLASSES in without else CLASSES_SHOWN
    footer = [words for part, words in _footer(review, say) if part not in without]
    return as_list(
        Bold(head),
        *([topics] if topics and CardPart.TOPICS not in without else []),
        ExpandableBlockQuote(inert(review.text)),
        *(_settled(review, taxonomy, say, view, shown) or _verdict(review, taxonomy, say, shown)),
        *_state(view, say),
        *author_lines(view.author, taxonomy, say),
        *([Italic(" · ".join(footer))] if footer else []),
    )


def _verdict(review: Review, taxonomy: Taxonomy, say: Say, shown: int) -> list[Text | str]:
    """Return what the model answered."""
    known = review.answer
    decision = known.under(taxonomy) if known else None
    if known is None or decision is None:
        return [Bold(say("card-failed"))]
    if decision.confidence is Confidence.PERSON:
        closest = class_lines(known, _closest(known, taxonomy), taxonomy, say, taxonomy.title)
        order = "card-closest-ranked" if known.only_ranked else "card-closest"
        return [Bold(say(_person_key(known))), say(order), *closest]
    title = say("card-classes", confidence=say(f"confidence-{decision.confidence}"))
    classes = class_lines(known, decision.classes, taxonomy, say, taxonomy.title, shown=shown)
    return [Bold(title), *classes]


def _person_key(known: StoredAnswer | None) -> str:
    """Return the message that says why a person is needed."""
    return "card-ranked" if known is not None and known.only_ranked else "card-person"


def _settled(
    review: Review, taxonomy: Taxonomy, say: Say, view: CaseView, shown: int
) -> list[Text | str]:
    """Return what people have settled on, empty if they have not."""
    labels = [label.content for label in view.standing.labels]
    if not labels:
        return []
    training = training_line(view.author.note, say, is_disputed=view.standing.is_disputed)
    if view.standing.is_disputed:
        sides = [
            f"{view.name(label.by_id, say)}: {set_title(label.classes, taxonomy, say, SIDE_LENGTH)}"
            for label in labels[-SIDES_SHOWN:]
        ]
        return [Bold(say("card-disputed")), *sides, training]
    title = say("card-settled", name=view.name(labels[-1].by_id, say))
    lines = class_lines(
        review.answer,
        labels[-1].classes,
        taxonomy,
        say,
        taxonomy.title,
        shown=shown,
        by_people=True,
    )
    return [Bold(title), *lines, training]


def _state(view: CaseView, say: Say) -> list[str]:
    """Return the state of the case and its owner; a new case is recognised by its buttons."""
    state = view.case.state
    if view.case.owner_id is not None and state is not CaseState.SPAM:
        words = [] if state is CaseState.TAKEN else [say(f"card-state-{state}")]
        return [" · ".join([*words, say("card-owner", name=view.name(view.case.owner_id, say))])]
    if state is CaseState.CLOSED and view.case.solved:
        return [say("card-state-solved")]
    return [] if state is CaseState.NEW else [say(f"card-state-{state}")]


def _footer(review: Review, say: Say) -> list[tuple[CardPart, str]]:
    """Return where the review comes from, when it came, and which model has read it."""
    received = local_time(review.accepted_ms, say.zone)
    parts = [(CardPart.AGE, say("card-received", time=f"{received:%Y-%m-%d %H:%M}"))]
    if review.source:
        parts.append((CardPart.SOURCE, say("card-source", source=inert(review.source))))
    if review.answer:
        model = f"{review.answer.model.name} {review.answer.model.version}"
        parts.append((CardPart.MODEL, say("card-model", model=model)))
    return parts


def _units(text: Text) -> int:
    return utf16_length(text.render()[0])


def _closest(known: StoredAnswer, taxonomy: Taxonomy) -> list[int]:
    """Return the most probable classes; the class that a fallback uses need not be one of them."""
    ranked = sorted(zip(known.probabilities, taxonomy.ids, strict=True), key=lambda pair: -pair[0])
    return [class_id for _, class_id in ranked[:CLOSEST_SHOWN]]


def _rating(review: Review, taxonomy: Taxonomy, say: Say) -> str:
    return "" if review.rating is None else rating_words(review.rating, taxonomy, say)


def _joined(*parts: str) -> str:
    """Return the parts that are not empty, in one line."""
    return " · ".join(filter(None, parts))
