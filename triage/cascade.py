"""
The rule of a manifest: from a probability for each class to the classes that are answered.

A ladder is the rule of the known recipes: the first rung that any probability exceeds gives all
classes above that rung. With a threshold for each class, every class above its own is answered.
If nothing is exceeded, the review is undecided and a person decides; until then it is only filed
under the fallback class. The rung or threshold that was passed gives the confidence.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.dataclasses import dataclass

from triage.calibration import is_ranking

# The ladder of the known recipes.
KNOWN_RUNGS = (0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2)

# Below the first rung, a rung of at least this much is "likely" and a lower one a "guess".
LIKELY_FROM = 0.4


class Confidence(StrEnum):
    """How sure an answer is, by the rung that gave it."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"
    PERSON = "person"


class FallbackClass(BaseModel):
    """Files an undecided review under one fixed class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_id: int = Field(alias="class")


class Ladder(BaseModel):
    """The rule of rungs from high to low, and the class of an undecided review."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["ladder"] = "ladder"
    rungs: tuple[float, ...] = KNOWN_RUNGS
    fallback: FallbackClass | Literal["most_probable"]

    @field_validator("rungs")
    @classmethod
    def _descend(cls, rungs: tuple[float, ...]) -> tuple[float, ...]:
        if not rungs or any(not 0 < rung < 1 for rung in rungs):
            raise ValueError(f"rungs must be between 0 and 1, got {rungs}")
        if any(a <= b for a, b in pairwise(rungs)):
            raise ValueError(f"rungs descend, got {rungs}")
        return rungs


class PerClass(BaseModel):
    """
    The rule with a threshold for each class, in the order of the model's outputs.

    If no class is above its own, the most probable one is answered if it is above `floor`, which
    is lower than any threshold; below that the review is undecided. An answer whose best class is
    above `sure` is sure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["per_class"] = "per_class"
    thresholds: tuple[float, ...]
    floor: float = KNOWN_RUNGS[-1]
    sure: float = KNOWN_RUNGS[0]
    fallback: FallbackClass | Literal["most_probable"]

    @model_validator(mode="after")
    def _above_the_floor(self) -> "PerClass":
        if not self.thresholds or any(not 0 < one < 1 for one in (self.floor, *self.thresholds)):
            raise ValueError(f"thresholds must be between 0 and 1, got {self.thresholds}")
        if min(self.thresholds) < self.floor:
            raise ValueError(f"no threshold may be below the floor of {self.floor}")
        return self


# The kinds that a manifest may contain; its reader refuses others.
Rule = Annotated[Ladder | PerClass, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What is answered: class ids (most probable first), the rung that decided, the confidence.

    `rung` is what the most probable class of the answer had to pass: the rung of a ladder, its own
    threshold, or the floor. It is None when nothing was passed; `confidence` is then PERSON and
    `classes` contains the one class that the review is filed under.
    """

    classes: tuple[int, ...]
    rung: float | None
    confidence: Confidence


def decide(probabilities: Sequence[float], labels: Sequence[int], rule: Rule) -> Decision:
    """
    Apply `rule` to one review's `probabilities`, given in the order of the class ids `labels`.

    Equal probabilities keep the order of `labels`.
    """
    assert len(probabilities) == len(labels), (
        f"{len(probabilities)} probabilities for {len(labels)} classes"
    )
    places = sorted(range(len(labels)), key=lambda place: -probabilities[place])
    if isinstance(rule, Ladder):
        passed = _climb(probabilities, places, rule)
    else:
        passed = _compare(probabilities, places, rule)
    if passed is not None:
        chosen, rung, confidence = passed
        return Decision(tuple(labels[place] for place in chosen), rung, confidence)
    fallback = rule.fallback
    filed = fallback.class_id if isinstance(fallback, FallbackClass) else labels[places[0]]
    return Decision((filed,), None, Confidence.PERSON)


def only_ranked(probabilities: Sequence[float], decision: Decision) -> bool:
    """
    Return whether a person decides and the model only ranked the classes.

    The percentages of such a review mean nothing, so nobody is shown them.
    """
    return decision.confidence is Confidence.PERSON and is_ranking(probabilities)


# Places of the classes, what the first of them passed, and how sure that is.
_Passed = tuple[list[int], float, Confidence]


def _climb(probabilities: Sequence[float], places: list[int], rule: Ladder) -> _Passed | None:
    best = probabilities[places[0]]
    for index, rung in enumerate(rule.rungs):
        if best > rung:
            chosen = [place for place in places if probabilities[place] > rung]
            return chosen, rung, Confidence.SURE if index == 0 else _confidence(rung)
    return None


def _compare(probabilities: Sequence[float], places: list[int], rule: PerClass) -> _Passed | None:
    assert len(rule.thresholds) == len(probabilities), (
        f"{len(rule.thresholds)} thresholds for {len(probabilities)} classes"
    )
    chosen = [place for place in places if probabilities[place] > rule.thresholds[place]]
    if chosen:
        best = probabilities[chosen[0]]
        confidence = Confidence.SURE if best > rule.sure else _confidence(best)
        return chosen, rule.thresholds[chosen[0]], confidence
    if probabilities[places[0]] > rule.floor:
        return places[:1], rule.floor, Confidence.GUESS
    return None


def _confidence(value: float) -> Confidence:
    return Confidence.LIKELY if value >= LIKELY_FROM else Confidence.GUESS
