"""
Metrics of answers: pure functions over label matrices.

Exact match is the share of reviews whose whole set of classes is right; it is the competition's
metric. Micro-F1 weighs all labels equally, macro-F1 all classes, weighted F1 each class by its
support.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics of `n` answers, each from 0 to 1."""

    exact_match: float
    micro_f1: float
    macro_f1: float
    weighted_f1: float
    n: int


@dataclass(frozen=True, slots=True)
class ScoresByClass:
    """Precision, recall and F1 of each class, 0 if undefined; `support` counts its reviews."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def score_classes(truth: Labels, answers: Labels) -> ScoresByClass:
    """
    Return the metrics of each class.

    scikit-learn would treat a matrix of one class as binary classification.
    """
    hits, support, named = (
        one.sum(axis=0, dtype=np.int64) for one in (truth & answers, truth, answers)
    )
    return ScoresByClass(
        precision=_shares(hits, named),
        recall=_shares(hits, support),
        f1=_shares(2 * hits, support + named),
        support=support,
    )


def score(truth: Labels, answers: Labels) -> Scores:
    """Return the metrics of answers, reviews x classes; the F1 of a class never named is 0."""
    assert truth.shape == answers.shape, f"answers {answers.shape}, labels {truth.shape}"
    of_class = score_classes(truth, answers)
    return Scores(
        exact_match=float((truth == answers).all(axis=1).mean()),
        micro_f1=micro_f1(truth, answers),
        macro_f1=float(of_class.f1.mean()),
        weighted_f1=float((of_class.f1 * of_class.support).sum() / max(1, of_class.support.sum())),
        n=len(truth),
    )


def micro_f1(truth: Labels, answers: Labels) -> float:
    """Return micro-F1, 0 if no class is named and none is true."""
    named_and_true = float(truth.sum() + answers.sum())
    return 2 * float((truth & answers).sum()) / named_and_true if named_and_true else 0.0


def _shares(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
