"""
The gain of one review's answer: what it adds to the metric that thresholds are tuned for.

Exact match is a sum over reviews. Micro-F1 is a quotient of two sums, 2 x right / (named + true).
Its maximum also maximises the difference 2 x right - F1 x named, with the F1 of that maximum
(Dinkelbach 1967). So it too is a sum over reviews for a given F1.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels

Counts = NDArray[np.int64]
Gain = Callable[[Counts, Counts, Counts], NDArray[np.float64]]

T = TypeVar("T")

# F1 rises in every iteration from any start, and converges after a few.
START = 0.5
STEPS = 8


class Objective(StrEnum):
    """The metric to maximise."""

    EXACT = "exact"
    MICRO_F1 = "micro-f1"


def exact(right: Counts, named: Counts, true: Counts) -> NDArray[np.float64]:
    """Return 1 for each answer with exactly the true classes, else 0."""
    whole: NDArray[np.float64] = ((right == true) & (named == true)).astype(np.float64)
    return whole


def maximise(objective: Objective, search: Callable[[Gain], T], value: Callable[[T], float]) -> T:
    """
    Return the result of `search` for the gain of `objective`.

    For micro-F1 the search is iterated with the F1, `value`, of the previous result.
    """
    if objective is Objective.EXACT:
        return search(exact)
    found = search(_linear_gain(START))
    f1 = value(found)
    for _ in range(STEPS):
        other = search(_linear_gain(f1))
        reached = value(other)
        if reached <= f1 + 1e-9:
            break
        f1, found = reached, other
    return found


def _linear_gain(f1: float) -> Gain:
    def gain(right: Counts, named: Counts, true: Counts) -> NDArray[np.float64]:
        return 2.0 * right - f1 * named

    return gain


def true_counts(truth: Labels | NDArray[np.bool_]) -> Counts:
    """Return how many classes each review has."""
    counts: Counts = truth.sum(axis=1, dtype=np.int64)
    return counts
