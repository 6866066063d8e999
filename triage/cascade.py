"""
From a probability for each class to the classes that are answered: the threshold cascade.

The first rung at which any probability is greater gives all classes above that rung. Where no
rung is reached the model does not know, and a person looks: the fallback only says which class
such a review is filed under meanwhile. The rung is the confidence.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

# The ladder of the known recipes.
KNOWN_RUNGS = (0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2)

# Below the first rung, a rung of at least this much is "likely" and a lower one a "guess".
LIKELY_FROM = 0.4


class Confidence(StrEnum):
    """How sure an answer is, said by the rung that gave it."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"
    PERSON = "person"


class FallbackClass(BaseModel):
    """Files an undecided review under one fixed class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_id: int = Field(alias="class")


class Ladder(BaseModel):
    """The rule of a manifest: rungs from high to low, and where an undecided review is filed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["ladder"] = "ladder"
    rungs: tuple[float, ...] = KNOWN_RUNGS
    fallback: FallbackClass | Literal["most_probable"]

    @field_validator("rungs")
    @classmethod
    def _descend(cls, rungs: tuple[float, ...]) -> tuple[float, ...]:
        if not rungs or any(not 0 < rung < 1 for rung in rungs):
            raise ValueError(f"rungs lie between 0 and 1, got {rungs}")
        if any(a <= b for a, b in pairwise(rungs)):
            raise ValueError(f"rungs descend, got {rungs}")
        return rungs


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What is answered: class ids (most probable first), the rung that decided, the confidence.

    `rung` is None when no rung was reached; `confidence` is then PERSON and `classes` holds the
    one class that the review is filed under.
    """

    classes: tuple[int, ...]
    rung: float | None
    confidence: Confidence


def decide(probabilities: Sequence[float], labels: Sequence[int], rule: Ladder) -> Decision:
    """
    Apply `rule` to one review's `probabilities`, given in the order of the class ids `labels`.

    Equal probabilities keep the order of `labels`.
    """
    assert len(probabilities) == len(labels), (
        f"{len(probabilities)} probabilities for {len(labels)} classes"
    )
    ranked = sorted(zip(probabilities, labels, strict=True), key=lambda pair: -pair[0])
    for index, rung in enumerate(rule.rungs):
        chosen = tuple(label for probability, label in ranked if probability > rung)
        if chosen:
            return Decision(chosen, rung, _confidence(index, rung))
    fallback = rule.fallback
    filed = fallback.class_id if isinstance(fallback, FallbackClass) else ranked[0][1]
    return Decision((filed,), None, Confidence.PERSON)


def _confidence(index: int, rung: float) -> Confidence:
    if index == 0:
        return Confidence.SURE
    return Confidence.LIKELY if rung >= LIKELY_FROM else Confidence.GUESS
