"""
What an answer to one review adds to the figure that thresholds are tuned for.

Exact match is a sum over reviews. Micro-F1 is a quotient of two sums, 2 x right / (named + true);
its best answers are those of the best difference 2 x right - F1 x named, for the F1 that they reach
(Dinkelbach 1967), so that it too is a sum once F1 is known.
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

# F1 rises with every step from wherever it starts, and stands still after a few.
START = 0.5
STEPS = 8


class Objective(StrEnum):
    """The figure that is to be as high as possible."""

    EXACT = "exact"
    MICRO_F1 = "micro-f1"


def exact(right: Counts, named: Counts, true: Counts) -> NDArray[np.float64]:
    """Return 1 for each answer that names all of the true classes and no other."""
    whole: NDArray[np.float64] = ((right == true) & (named == true)).astype(np.float64)
    return whole


def maximise(objective: Objective, search: Callable[[Gain], T], value: Callable[[T], float]) -> T:
    """
    Return what `search` finds for `objective`, given what an answer gains.

    For micro-F1 it searches again and again with the F1, `value`, of what it found.
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
