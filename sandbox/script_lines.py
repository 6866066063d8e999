"""
Reads a script: one JSON object a line, each the review of another customer.

Reviews that the bot would refuse are refused here, before anything starts.
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.form.validation import COMMAND, Empty, clean, refusal
from sandbox.errors import BadScript
from triage.field_faults import field_faults
from triage.review import Language
from triage.taxonomy import Taxonomy

# As many bad lines as a terminal shows at once; of the others only their number is told.
FAULTS_SHOWN = 20


class Line(BaseModel):
    """One review of a script; with rating and tags only if the taxonomy has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rating: int | None = Field(default=None, strict=True)
    tags: tuple[str, ...] = ()
    text: str
    language: Language = "ru"


def read_script(path: Path, taxonomy: Taxonomy, *, text_limit: int) -> list[Line]:
    """Return the lines of a script, at least one; BadScript lists the bad lines."""
    try:
        written = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as e:
        raise BadScript(f"{path}: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise BadScript(f"{path}: it is not UTF-8; save it as UTF-8") from e
    lines: list[Line] = []
    faults: list[str] = []
    for number, text in enumerate(written, start=1):
        if text.strip():
            try:
                lines.append(_line(text, f"{path}, line {number}", taxonomy, text_limit))
            except BadScript as e:
                faults.append(str(e))
    if faults:
        raise BadScript("\n".join(_shown(path, faults)))
    if not lines:
        raise BadScript(f"{path}: it holds no review")
    return lines


def _shown(path: Path, faults: Sequence[str]) -> list[str]:
    """Return the first faults, and how many more there are."""
    more = len(faults) - FAULTS_SHOWN
    return [*faults[:FAULTS_SHOWN], *([f"{path}: {more} more bad lines"] if more > 0 else [])]


def _line(written: str, where: str, taxonomy: Taxonomy, text_limit: int) -> Line:
    try:
        line = Line.model_validate_json(written)
    except ValidationError as e:
        raise BadScript(f"{where}: {field_faults(e)}") from None
    wrong = _wrong_rating(line, taxonomy) or _wrong_tags(line, taxonomy)
    if wrong:
        raise BadScript(f"{where}: {wrong}")
    refused = refusal(clean(line.text), text_limit)
    if isinstance(refused, Empty):
        raise BadScript(f"{where}: text: it has no visible character")
    if COMMAND.match(clean(line.text)):
        raise BadScript(f"{where}: text: it begins like a command; write a space after the slash")
    if refused is not None:
        raise BadScript(f"{where}: text: {refused.length} characters, the limit is {refused.limit}")
    return line


def _wrong_rating(line: Line, taxonomy: Taxonomy) -> str:
    """Return why the form would refuse the rating, or an empty text."""
    scale = taxonomy.rating
    if scale is None:
        return "" if line.rating is None else "rating: the taxonomy has no rating scale"
    if line.rating is None or line.rating not in scale.values:
        return f"rating: must be a whole number from {scale.lowest} to {scale.highest}"
    return ""


def _wrong_tags(line: Line, taxonomy: Taxonomy) -> str:
    """Return why the form would refuse the tags, or an empty text."""
    unknown = [tag for tag in line.tags if tag not in taxonomy.topic_ids]
    if not unknown:
        return ""
    known = ", ".join(taxonomy.topic_ids) or "none"
    return f"tags: unknown {', '.join(unknown)}; there are {known}"
