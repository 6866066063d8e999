"""
Whether a review's classes depend on its batch: read one by one against read in batches.

Pure: it compares logits that were computed elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from triage.cascade import Ladder, decide


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    The comparison of two runs over the same reviews.

    `identical` is the share with the same classes. For the others a rung is between the two
    probabilities of a class; `furthest_from_rung` is the largest distance of one from this rung.
    """

    reviews: int
    identical: float
    different: int
    furthest_from_rung: float
    largest_logit_difference: float
    mean_logit_difference: float
    reached_a_rung: float


def compare(alone: NDArray[np.float32], batched: NDArray[np.float32], rule: Ladder) -> Agreement:
    """Return how far two arrays of logits, reviews x classes, lead to the same decisions."""
    assert alone.shape == batched.shape, f"{alone.shape} against {batched.shape} logits"
    labels = range(alone.shape[1])
    one, other = expit(alone), expit(batched)
    decisions = [[decide(row.tolist(), labels, rule) for row in rows] for rows in (one, other)]
    differ = [a.classes != b.classes for a, b in zip(*decisions, strict=True)]
    gaps = np.abs(alone - batched)
    return Agreement(
        reviews=len(alone),
        identical=1 - sum(differ) / len(differ),
        different=sum(differ),
        furthest_from_rung=_furthest(one[differ], other[differ], rule),
        largest_logit_difference=float(gaps.max()),
        mean_logit_difference=float(gaps.mean()),
        reached_a_rung=sum(d.rung is not None for d in decisions[0]) / len(differ),
    )


def _furthest(alone: NDArray[np.float32], batched: NDArray[np.float32], rule: Ladder) -> float:
    rungs = np.array(rule.rungs)
    above = [rows[..., None] > rungs for rows in (alone, batched)]
    distances = np.abs(alone[..., None] - rungs)
    return float(np.where(above[0] != above[1], distances, 0).max(initial=0))
