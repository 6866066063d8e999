"""Values that many tests of the bot begin with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from bot.archive.records import NewReview, Review, StoredAnswer
from bot.texts import load_texts
from triage.cascade import Confidence, Decision
from triage.queue.messages import ModelName, Outcome
from triage.sealing import Seal
from triage.taxonomy import Taxonomy, load_taxonomy

SEAL = Seal([b"c2FtcGxlIGtleSBvZiB0aGUgdGVzdHMuIDMyIGJ5dGU="])
TEXTS = load_texts()
TAXONOMY = load_taxonomy()
MODEL = ModelName(name="linear", version="1")

TEXT = "Курьер опоздал на два часа, а пицца остыла"
HOSTILE = '<b>&<eos> "x" ' + "🙂" * 100

NEW = NewReview(
    review_id=UUID(int=1),
    form_id="form",
    user_id=555,
    chat_id=555,
    message_id=7,
    language="ru",
    rating=2,
    tags=("DELIVERY", "PRICE"),
    text=TEXT,
    source="qr-7",
    accepted_ms=1_700_000_000_000,
)

REVIEW = Review(
    number=12,
    review_id=UUID(int=1),
    user_id=555,
    chat_id=555,
    message_id=7,
    language="ru",
    rating=2,
    tags=("DELIVERY", "PRICE"),
    text=TEXT,
    source="",
    accepted_ms=1_700_000_000_000,
    entry_id="1-0",
    publishes=1,
    answered_ms=None,
    undelivered=None,
    chart_file_id=None,
    all_file_id=None,
    carded_ms=None,
    answer=None,
)


def new(**changes: Any) -> NewReview:
    """Return a sent review with a form and an id of its own."""
    fresh = uuid4()
    return replace(NEW, **{"review_id": fresh, "form_id": fresh.hex, **changes})


def probabilities(*shares: tuple[int, float], taxonomy: Taxonomy = TAXONOMY) -> tuple[float, ...]:
    """Return one probability for each class: those given by class id, 0.01 for the others."""
    known = dict(shares)
    return tuple(known.get(class_id, 0.01) for class_id in taxonomy.ids)


def answer(
    classes: Sequence[int] = (3,), confidence: Confidence = Confidence.SURE, share: float = 0.8
) -> StoredAnswer:
    """Return an answer that gives each of `classes` the probability `share`."""
    rung = None if confidence is Confidence.PERSON else 0.55
    known = probabilities(*((class_id, share) for class_id in classes))
    return StoredAnswer(MODEL, known, Decision(tuple(classes), rung, confidence), None)


def outcome(review_id: UUID, classes: Sequence[int] = (3,), **changes: Any) -> Outcome:
    """Return what a worker says of a review."""
    known = answer(classes)
    said = {"probabilities": known.probabilities, "decision": known.decision}
    return Outcome(review_id=review_id, **{"model": MODEL, **said, **changes})


def failed(review_id: UUID, error: str = "too long for the model") -> Outcome:
    """Return what a worker says of a review that no model could read."""
    return Outcome(review_id=review_id, model=MODEL, error=error)
