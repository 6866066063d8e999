"""
Reads example reviews: JSON Lines, each a review and what people did with it afterwards.

A demonstration starts with them, so that a visitor sees the moderators' desk in use.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.errors import BadScript
from sandbox.script_lines import Line
from triage.field_faults import field_faults
from triage.taxonomy import DEFAULT_TAXONOMY

GROCERY = Path(__file__).with_name("grocery.jsonl")

# The name of such a file next to the taxonomy of a company.
FILE_NAME = "demo.jsonl"


class Deed(BaseModel):
    """Something that a person does with a review."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TapOnCard(Deed):
    """A moderator, the first or the second, taps a button of the card."""

    does: Literal["right", "alternative", "take", "close", "spam"]
    by: Literal[1, 2] = 1


class Fix(Deed):
    """A moderator chooses these classes in the panel."""

    does: Literal["fix"]
    by: Literal[1, 2] = 1
    classes: tuple[int, ...] = Field(min_length=1)


class WriteBelowCard(Deed):
    """A moderator replies to the customer, or writes a note to the colleagues."""

    does: Literal["reply", "note"]
    by: Literal[1, 2] = 1
    text: str


class Answer(Deed):
    """The customer answers the team."""

    does: Literal["answer"]
    text: str


class Agree(Deed):
    """The customer lets their reviews be used for training."""

    does: Literal["agree"]


class SolvedAnswer(Deed):
    """The customer says whether the closed case is solved."""

    does: Literal["solved", "not_solved"]


AnyDeed = Annotated[
    TapOnCard | Fix | WriteBelowCard | Answer | Agree | SolvedAnswer, Field(discriminator="does")
]


class ExampleReview(Line):
    """A review sent `hours_ago` hours before the demonstration, and what followed."""

    hours_ago: float = Field(gt=0)
    author: str
    then: tuple[AnyDeed, ...] = ()


def example_file(taxonomy_file: Path) -> Path | None:
    """Return the example reviews of a taxonomy, None if it has none."""
    if taxonomy_file.resolve() == DEFAULT_TAXONOMY.resolve():
        return GROCERY
    own = taxonomy_file.parent / FILE_NAME
    return own if own.is_file() else None


def read_examples(path: Path) -> list[ExampleReview]:
    """Return the example reviews, oldest first; raises BadScript, which names the bad line."""
    entries = []
    for number, written in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entries.append(ExampleReview.model_validate_json(written))
        except ValidationError as e:
            raise BadScript(f"{path}, line {number}: {field_faults(e)}") from None
    return sorted(entries, key=lambda entry: -entry.hours_ago)
