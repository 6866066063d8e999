"""What the archive gives and takes: plain values, the text already opened."""

from dataclasses import dataclass
from uuid import UUID

from triage.cascade import Decision
from triage.contract import Job, ModelName
from triage.review import Language


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review that a person has sent, and the message that becomes its receipt."""

    review_id: UUID
    form_id: str
    user_id: int
    chat_id: int
    message_id: int
    language: Language
    rating: int
    tags: tuple[str, ...]
    text: str
    source: str
    accepted_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a review: probabilities and decision, or the reason why there are none."""

    model: ModelName
    probabilities: tuple[float, ...]
    decision: Decision | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """A row of the archive with its answer, if there is one yet."""

    number: int
    review_id: UUID
    user_id: int
    chat_id: int
    message_id: int
    language: Language
    rating: int
    tags: tuple[str, ...]
    text: str
    source: str
    accepted_ms: int
    entry_id: str | None
    publishes: int
    answered_ms: int | None
    undelivered: str | None
    chart_file_id: str | None
    all_file_id: str | None
    carded_ms: int | None
    answer: Answer | None

    def job(self) -> Job:
        """Return the job that asks for this review's classes."""
        return Job(
            review_id=self.review_id,
            rating=self.rating,
            tags=self.tags,
            text=self.text,
            language=self.language,
            enqueued_ms=self.accepted_ms,
        )
