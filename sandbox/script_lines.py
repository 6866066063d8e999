"""
Reads a script: one JSON object a line, each the review of another customer.

Reviews that the bot would refuse are refused here, before anything starts.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.form.validation import Empty, clean, refusal
from sandbox.errors import BadScript
from triage.review import TAGS, Language


def _known(tags: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [tag for tag in tags if tag not in TAGS]
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)}; there are {', '.join(TAGS)}")
    return tuple(dict.fromkeys(tags))


class Line(BaseModel):
    """One review of a script. A repeated tag is tapped once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rating: int = Field(ge=0, le=6, strict=True)
    tags: Annotated[tuple[str, ...], AfterValidator(_known)] = ()
    text: str
    language: Language = "ru"


def read_script(path: Path, *, text_limit: int) -> list[Line]:
    """Return the lines of a script; raises BadScript, which names the first bad line."""
    try:
        written = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise BadScript(f"{path}: {e}") from e
    return [
        _line(text, f"{path}, line {number}", text_limit)
        for number, text in enumerate(written, start=1)
        if text.strip()
    ]


def _line(written: str, where: str, text_limit: int) -> Line:
    try:
        line = Line.model_validate_json(written)
    except ValidationError as e:
        first = e.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        problem = first["msg"].removeprefix("Value error, ")
        raise BadScript(f"{where}: {f'{field}: ' if field else ''}{problem}") from None
    refused = refusal(clean(line.text), text_limit)
    if isinstance(refused, Empty):
        raise BadScript(f"{where}: text: it has no visible character")
    if refused is not None:
        raise BadScript(f"{where}: text: {refused.length} characters, the limit is {refused.limit}")
    return line
