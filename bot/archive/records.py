"""The records of the archive: plain values, with the text decrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from triage.cascade import Decision, only_ranked
from triage.queue.messages import Job, ModelName
from triage.review import Language
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review that a person has sent, and the message that becomes its receipt."""

    review_id: UUID
    form_id: str
    user_id: int
    chat_id: int
    message_id: int
    language: Language
    rating: int | None
    tags: tuple[str, ...]
    text: str
    source: str
    accepted_ms: int
    photos: tuple[str, ...] = ()  # file ids


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a review: probabilities and decision, or the reason why there are none."""

    model: ModelName
    probabilities: tuple[float, ...]
    decision: Decision | None
    error: str | None

    @property
    def only_ranked(self) -> bool:
        """Whether the model only ranked the classes: its percentages mean nothing."""
        return self.decision is not None and only_ranked(self.probabilities, self.decision)

    def shares(self, taxonomy: Taxonomy) -> dict[int, float]:
        """Return each class's probability; none of a ranking, or of an answer in other classes."""
        if self.only_ranked or len(self.probabilities) != len(taxonomy.ids):
            return {}
        return dict(zip(taxonomy.ids, self.probabilities, strict=True))

    def under(self, taxonomy: Taxonomy) -> Decision | None:
        """Return the decision, None if there is none or it does not fit these classes."""
        decision = self.decision
        return decision if decision and fits(decision, self.probabilities, taxonomy) else None


def fits(decision: Decision, probabilities: Sequence[float], taxonomy: Taxonomy) -> bool:
    """Return whether an answer fits the classes of `taxonomy`; a company may change them."""
    known = set(decision.classes) <= set(taxonomy.ids)
    return known and bool(decision.classes) and len(probabilities) == len(taxonomy.ids)


@dataclass(frozen=True, slots=True)
class Review:
    """A row of the archive with its answer, if there is one yet."""

    number: int
    review_id: UUID
    user_id: int
    chat_id: int
    message_id: int
    language: Language
    rating: int | None
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
    answer: StoredAnswer | None
    photos: int = 0

    @property
    def is_expired(self) -> bool:
        """Whether the text was deleted for its age; no accepted text is empty."""
        return not self.text

    def picture_in(self, language: Language, *, every_class: bool = False) -> str | None:
        """
        Return the file id of a stored picture, None if there is none in `language`.

        Pictures are stored only in the language of the review.
        """
        if language != self.language:
            return None
        return self.all_file_id if every_class else self.chart_file_id

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
