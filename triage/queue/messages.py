"""
The messages between bot and worker, and their encoding as bytes.

A message is encrypted JSON with a version. It contains nothing about Telegram: chat and message ids
stay in the archive. A chart is not part of the message: it is a separate field of the stream's
entry, as raw bytes.
"""

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.cascade import Decision
from triage.errors import BadMessage
from triage.review import Language, ReviewInput
from triage.sealing import Seal
from triage.taxonomy import HIGHEST_RATING, LOWEST_RATING, MAX_TOPICS, TopicId

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class QueueMessage(BaseModel):
    """What every message has: a version and the review that it is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    review_id: UUID


class Job(QueueMessage):
    """A review that waits for its classes. Times are milliseconds since the epoch."""

    rating: int | None = Field(ge=LOWEST_RATING, le=HIGHEST_RATING)
    tags: tuple[TopicId, ...] = Field(max_length=MAX_TOPICS)
    text: str = Field(min_length=1, max_length=4096)
    language: Language
    enqueued_ms: int = Field(ge=0)

    def review(self) -> ReviewInput:
        """Return the part that a model reads."""
        return ReviewInput(self.rating, self.tags, self.text)


class ModelName(BaseModel):
    """Which model answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str


class Timings(BaseModel):
    """Milliseconds of a job in the stream, in the worker's window, in the model, in the chart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queued: int = Field(default=0, ge=0)
    waited: int = Field(default=0, ge=0)
    model: int = Field(default=0, ge=0)
    chart: int = Field(default=0, ge=0)


class Outcome(QueueMessage):
    """
    The result of a job: probabilities and a decision, or the reason why there are none.

    `probabilities` has one value for each class of the taxonomy, in its order.
    """

    model: ModelName
    probabilities: tuple[Probability, ...] = ()
    decision: Decision | None = None
    timings_ms: Timings = Timings()
    error: str | None = None

    @model_validator(mode="after")
    def _answered_or_failed(self) -> "Outcome":
        answered = self.decision is not None and bool(self.probabilities)
        if answered == (self.error is not None):
            raise ValueError("an outcome holds either a decision with probabilities or an error")
        return self


def review_id_of(sealed: bytes, seal: Seal) -> UUID | None:
    """Return the review of an encrypted message of any kind; None if it is unreadable."""
    try:
        return _AboutReview.model_validate_json(seal.open(sealed)).review_id
    except (BadMessage, ValidationError):
        return None


class _AboutReview(BaseModel):
    review_id: UUID


M = TypeVar("M", bound=QueueMessage)


class Codec(Generic[M]):
    """Turns one kind of message into encrypted bytes and back."""

    def __init__(self, kind: type[M], seal: Seal) -> None:
        self._kind = kind
        self._seal = seal

    def encode(self, message: M) -> bytes:
        """Return the encrypted bytes of `message`."""
        return self._seal.close(message.model_dump_json().encode())

    def tag(self, sealed: bytes, attachment: bytes) -> bytes:
        """Return a tag that proves that `attachment` belongs to the message `sealed`."""
        return self._seal.tag(sealed + attachment)

    def attachment(self, fields: Mapping[bytes, bytes]) -> bytes:
        """Return an entry's attachment; nothing if it is not the one that was published with it."""
        found = fields.get(b"attachment", b"")
        data = fields.get(b"sealed", b"") + found
        return found if self._seal.is_tag(fields.get(b"tag", b""), data) else b""

    def decode(self, sealed: bytes) -> M:
        """Return the message; BadMessage says why there is none, without quoting its content."""
        clear = self._seal.open(sealed)
        try:
            return self._kind.model_validate_json(clear)
        except ValidationError as e:
            first = e.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "message"
            raise BadMessage(f"{self._kind.__name__} {where}: {first['msg']}") from None
