"""
How good answers are: pure functions over label matrices.

Exact match counts the reviews whose whole set of classes is right; it is the competition's
metric. Micro-F1 weighs every label alike, macro-F1 every class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import f1_score

from training.dataset import Labels
from triage.cascade import Ladder, decide
from worker.classifier import Probabilities


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of `n` answers, each figure from 0 to 1."""

    exact_match: float
    micro_f1: float
    macro_f1: float
    n: int


def score(truth: Labels, answers: Labels) -> Scores:
    """Return the figures of answers, reviews x classes; a class that nobody named counts as 0."""
    assert truth.shape == answers.shape, f"{answers.shape} answers to {truth.shape} questions"
    return Scores(
        exact_match=float((truth == answers).all(axis=1).mean()),
        micro_f1=float(f1_score(truth, answers, average="micro", zero_division=0)),
        macro_f1=float(f1_score(truth, answers, average="macro", zero_division=0)),
        n=len(truth),
    )


def answer(probabilities: Probabilities, labels: Sequence[int], rule: Ladder) -> Labels:
    """Return what `rule` answers to each row of probabilities, as zeros and ones."""
    decided = [decide(row, labels, rule).classes for row in probabilities.tolist()]
    return np.array([[c in classes for c in labels] for classes in decided], np.int8)
