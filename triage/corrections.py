"""
Moderators' corrections of answers, which the bot exports and training imports: JSON lines.

Each line is one correction of one review, in order of time; the latest one of a review counts. A
line contains whether the customer consented to training on the review, and nothing that identifies
the customer or the moderator. Texts in such a file are not encrypted: it is written only if an
operator asks for it, and is only for training.

Version 2 adds how the label was made: its kind, its weight, whether its author saw the model's
answer, and the probability with which the review was drawn. Lines of version 1 are still read.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.errors import BadCorrections
from triage.field_faults import field_faults
from triage.review import ReviewInput
from triage.taxonomy import HIGHEST_RATING, LOWEST_RATING, MAX_TOPICS, Taxonomy, TopicId

# A moderator confirmed the model's set, chose another one, or decided a dispute of two others.
CorrectionKind = Literal["confirm", "correct", "adjudicated"]

# The fields that version 1 does not have.
_SINCE_2 = frozenset({"kind", "weight", "blind", "sampling"})


class Correction(BaseModel):
    """
    One correction of one review: the classes that a moderator confirmed or chose.

    `classes` are ids of the taxonomy. `said_ms` are milliseconds since the epoch. `weight` says how
    far the label can be trusted, from 0 to 1; `blind` whether it was made without the model's
    answer; `sampling` is the probability with which the review was drawn, None if it was not drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=2, ge=1, le=2)
    review_id: UUID
    said_ms: int = Field(ge=0)
    rating: int | None = Field(ge=LOWEST_RATING, le=HIGHEST_RATING)
    tags: tuple[TopicId, ...] = Field(max_length=MAX_TOPICS)
    text: str = Field(min_length=1, max_length=4096)
    classes: tuple[int, ...] = Field(min_length=1)
    consent: bool
    kind: CorrectionKind = "correct"
    weight: float = Field(default=1.0, ge=0, le=1)
    blind: bool = False
    sampling: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _fits_its_version(self) -> Self:
        newer = sorted(_SINCE_2 & self.model_fields_set)
        if self.version == 1 and newer:
            raise ValueError(f"version 1 has no {newer[0]}; write version 2")
        return self

    def review(self, taxonomy: Taxonomy) -> ReviewInput:
        """Return the part that a model of `taxonomy` reads: perhaps no rating, its topics only."""
        rating = self.rating if taxonomy.rating else None
        topics = tuple(topic for topic in self.tags if topic in taxonomy.topic_ids)
        return ReviewInput(rating, topics, self.text)


def write_corrections(path: Path, said: Sequence[Correction]) -> None:
    """Write one line for each, in order."""
    path.write_bytes(correction_lines(said))


def correction_lines(said: Sequence[Correction]) -> bytes:
    """Return one line for each, in order; a line of version 1 keeps its version."""
    absent = [_SINCE_2 if one.version == 1 else frozenset() for one in said]
    lines = (
        one.model_dump_json(exclude=set(without)) for one, without in zip(said, absent, strict=True)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def read_corrections(path: Path, taxonomy: Taxonomy) -> tuple[Correction, ...]:
    """
    Return all lines but blank ones; BadCorrections names the first that breaks a rule.

    Text and rating are checked only in the corrections that count: those of `latest_corrections`
    whose classes the taxonomy has.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as e:
        raise BadCorrections(f"{path}: {e.strerror}") from e
    numbered = {
        number: _parse(path, number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    }
    if not numbered:
        raise BadCorrections(f"{path}: is empty")
    said = tuple(numbered.values())
    latest = latest_corrections(said)
    counting = {one for one in latest if not unknown_classes(one, taxonomy)}
    for number, one in numbered.items():
        if one in counting and (fault := _review_fault(one, taxonomy)):
            raise BadCorrections(f"{path}, line {number}, {fault}")
    return said


def unknown_classes(one: Correction, taxonomy: Taxonomy) -> tuple[int, ...]:
    """Return the classes of a correction that the taxonomy does not have."""
    return tuple(class_id for class_id in one.classes if class_id not in taxonomy.by_id)


def unknown_topics(one: Correction, taxonomy: Taxonomy) -> tuple[TopicId, ...]:
    """Return the topics of a correction that the taxonomy, which has topics, does not have."""
    return tuple(topic for topic in one.tags if taxonomy.topics and topic not in taxonomy.topic_ids)


def _review_fault(one: Correction, taxonomy: Taxonomy) -> str | None:
    """Return what training would refuse in the review, with its field; None if nothing."""
    review = one.review(taxonomy)
    if not review.text.strip():
        return "text: is empty; remove the line"
    if review.rating is not None and not taxonomy.is_rating(review.rating):
        return (
            f"rating: {review.rating} is not on the scale {taxonomy.scale_name}; "
            "name the bot's taxonomy file, or remove the line"
        )
    return None


def _parse(path: Path, number: int, line: bytes) -> Correction:
    try:
        return Correction.model_validate_json(line)
    except ValidationError as e:
        raise BadCorrections(f"{path}, line {number}, {field_faults(e, 'it')}") from None


def latest_corrections(said: tuple[Correction, ...]) -> tuple[Correction, ...]:
    """
    Return the latest correction of each review, by time and then by line, in order of review ids.

    A review whose latest correction has no consent is left out: consent may be withdrawn. So is one
    whose latest correction has the weight 0: its author cannot be trusted.
    """
    last: dict[UUID, Correction] = {}
    for one in sorted(said, key=lambda one: one.said_ms):  # stable: equal times keep their order
        last[one.review_id] = one
    kept = (last[review_id] for review_id in sorted(last))
    return tuple(one for one in kept if one.consent and one.weight > 0)
