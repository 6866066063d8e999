"""
Calibration of a model's probabilities: of all answers given 0.7 about 70 % are right.

Training and the worker use the same function, directly after the classifier; the rule, the charts
and the archive see only calibrated values. Pure arithmetic on one review.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# The logit of 0 and 1 is infinite; float32 cannot distinguish a probability nearer to 1 from 1.
NEAREST = 2.0**-24

# The best probability of a review that a classifier passes to a person: below any rung or
# threshold, before and after calibration.
HANDED_OVER = 0.05

# The same number as a float32 may be slightly larger.
HANDED_OVER_AS_STORED = HANDED_OVER * (1 + 1e-6)


class Temperature(BaseModel):
    """Divides the logits of all classes by one number: above 1 if the model was too sure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["temperature"] = "temperature"
    temperature: float = Field(gt=0, allow_inf_nan=False)


class Platt(BaseModel):
    """
    Gives each class a slope and an offset on its logit, in the order of the model's outputs.

    Platt, Probabilistic outputs for support vector machines (1999). A slope is above zero, so that
    no class changes the order of its reviews.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["platt"] = "platt"
    slope: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]
    offset: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]

    @model_validator(mode="after")
    def _pairs(self) -> "Platt":
        if len(self.slope) != len(self.offset):
            raise ValueError(f"{len(self.slope)} slopes for {len(self.offset)} offsets")
        return self


class BestClass(BaseModel):
    """
    A curve for the most probable class of a review: a slope and an offset on its logit.

    The most probable class is right more often than other classes of the same probability. Another
    class is only lowered where it would exceed the curve, so that the order of the classes stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["best_class"] = "best_class"
    slope: float = Field(gt=0, allow_inf_nan=False)
    offset: float = Field(allow_inf_nan=False)

    def curve(self, probability: float) -> float:
        """Return the calibrated probability of the most probable class."""
        return _apply(probability, self.slope, self.offset)

    def others(self, probability: float) -> float:
        """Return the calibrated probability of another class; never above the curve."""
        return min(probability, self.curve(probability))


# The kinds that a manifest may contain; its reader refuses others.
Calibration = Annotated[Temperature | Platt | BestClass, Field(discriminator="kind")]


def is_ranking(probabilities: Sequence[float]) -> bool:
    """
    Return whether one review's values only tell the order of its classes.

    A classifier scales them to this height if it cannot read the review, or knows too little about
    its classes (`hand_over` in worker/classifiers/familiarity.py).
    """
    return len(probabilities) > 0 and max(probabilities) <= HANDED_OVER_AS_STORED


def as_ranking(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return the values scaled down, if needed, to those of a ranking; their order stays."""
    scale = HANDED_OVER / max(*probabilities, HANDED_OVER)
    return tuple(probability * scale for probability in probabilities)


def calibrated(
    probabilities: Sequence[float], calibration: Calibration | None
) -> tuple[float, ...]:
    """
    Return one review's `probabilities`, each of 0 to 1, calibrated.

    Without a calibration they are returned unchanged.
    """
    if calibration is None:
        return tuple(probabilities)
    if isinstance(calibration, Temperature):
        slope = 1 / calibration.temperature
        return tuple(_apply(probability, slope, 0.0) for probability in probabilities)
    if isinstance(calibration, BestClass):
        return _best_class(probabilities, calibration)
    each = zip(probabilities, calibration.slope, calibration.offset, strict=True)
    return tuple(_apply(*one) for one in each)


def _best_class(probabilities: Sequence[float], calibration: BestClass) -> tuple[float, ...]:
    """Leave a review for a person unchanged: it has no probabilities, only an order."""
    if not probabilities or is_ranking(probabilities):
        return tuple(probabilities)
    best = max(probabilities)
    found = [calibration.others(probability) for probability in probabilities]
    found[list(probabilities).index(best)] = calibration.curve(best)
    return tuple(found)


def _apply(probability: float, slope: float, offset: float) -> float:
    inside = min(max(probability, NEAREST), 1 - NEAREST)
    logit = slope * math.log(inside / (1 - inside)) + offset
    # Either form overflows on one side; both are 1 / (1 + exp(-logit)).
    if logit < 0:
        return math.exp(logit) / (1 + math.exp(logit))
    return 1 / (1 + math.exp(-logit))
