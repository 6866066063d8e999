"""How far two sets of probabilities of the same reviews differ, and their decisions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.prediction.decisions import decisions
from triage.cascade import Rule


@dataclass(frozen=True, slots=True)
class ProbabilityDifference:
    """
    The comparison of probabilities, reviews x classes.

    `largest` is that of class `largest_class` in the review of index `largest_index`;
    `equal_decisions` is the share of reviews that get the same classes by one rule.
    """

    reviews: int
    largest: float
    largest_index: int
    largest_class: int
    mean: float
    equal_decisions: float


def probability_difference(
    ours: NDArray[np.floating],
    theirs: NDArray[np.floating],
    *,
    indices: Sequence[int],
    classes: Sequence[int],
    rule: Rule,
) -> ProbabilityDifference:
    """Return how far `ours` and `theirs` differ."""
    assert ours.shape == theirs.shape, f"{ours.shape} against {theirs.shape} probabilities"
    gaps = np.abs(ours - theirs)
    row, column = np.unravel_index(int(gaps.argmax()), gaps.shape)
    pairs = zip(*(decisions(them, classes, rule) for them in (ours, theirs)), strict=True)
    equal = [set(one.classes) == set(other.classes) for one, other in pairs]
    return ProbabilityDifference(
        reviews=len(ours),
        largest=float(gaps.max()),
        largest_index=int(indices[int(row)]),
        largest_class=int(classes[int(column)]),
        mean=float(gaps.mean()),
        equal_decisions=sum(equal) / len(equal),
    )
