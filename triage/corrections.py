"""
Moderators' corrections of answers, which the bot exports and training imports: JSON lines.

Each line is one correction of one review, in order of time; the latest one of a review counts. A
line holds whether the customer consented to training on the review, and nothing that identifies
the customer or the moderator. Texts are in plain text in such a file: it is written only if an
operator asks for it, and is for training alone.
"""

from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import BadCorrections
from triage.review import ReviewInput
from triage.taxonomy import HIGHEST_RATING, LOWEST_RATING, MAX_TOPICS, Taxonomy, TopicId


class Correction(BaseModel):
    """
    One correction of one review: the classes that a moderator confirmed or chose.

    `classes` are ids of the taxonomy. `said_ms` are milliseconds since the epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=1, ge=1, le=1)
    review_id: UUID
    said_ms: int = Field(ge=0)
    rating: int | None = Field(ge=LOWEST_RATING, le=HIGHEST_RATING)
    tags: tuple[TopicId, ...] = Field(max_length=MAX_TOPICS)
    text: str = Field(min_length=1, max_length=4096)
    classes: tuple[int, ...] = Field(min_length=1)
    consent: bool

    def review(self) -> ReviewInput:
        """Return the part that a model reads."""
        return ReviewInput(self.rating, self.tags, self.text)


def write_corrections(path: Path, said: list[Correction]) -> None:
    """Write one line for each, in order."""
    lines = "".join(f"{one.model_dump_json()}\n" for one in said)
    path.write_text(lines, encoding="utf-8")


def read_corrections(path: Path, taxonomy: Taxonomy) -> tuple[Correction, ...]:
    """Return all lines; BadCorrections names the first line and field that break a rule."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as e:
        raise BadCorrections(f"{path}: {e.strerror}") from e
    said = tuple(_parse(path, number, line) for number, line in enumerate(lines, start=1))
    if not said:
        raise BadCorrections(f"{path}: is empty")
    for number, one in enumerate(said, start=1):
        strange = [class_id for class_id in one.classes if class_id not in taxonomy.by_id]
        if strange:
            raise BadCorrections(
                f"{path}, line {number}, classes: the taxonomy has no class {strange[0]}"
            )
    return said


def _parse(path: Path, number: int, line: bytes) -> Correction:
    try:
        return Correction.model_validate_json(line)
    except ValidationError as e:
        first = e.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BadCorrections(f"{path}, line {number}, {where}: {first['msg']}") from None


def latest_corrections(said: tuple[Correction, ...]) -> tuple[Correction, ...]:
    """
    Return the latest correction of each review, by time and then by line, in order of review ids.

    A review whose latest correction has no consent is left out: consent may be withdrawn.
    """
    last: dict[UUID, Correction] = {}
    for one in sorted(said, key=lambda one: one.said_ms):  # stable: equal times keep their order
        last[one.review_id] = one
    return tuple(last[review_id] for review_id in sorted(last) if last[review_id].consent)
