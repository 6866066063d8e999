"""
How good answers are: pure functions over label matrices.

Exact match counts the reviews whose whole set of classes is right; it is the competition's
metric. Micro-F1 weighs every label alike, macro-F1 every class, weighted F1 every class by how
often it is right to name it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.dataset import Labels
from triage.calibration import Calibration, calibrated
from triage.cascade import Decision, Rule, decide
from worker.classifier import Probabilities


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of `n` answers, each figure from 0 to 1."""

    exact_match: float
    micro_f1: float
    macro_f1: float
    weighted_f1: float
    n: int


def score(truth: Labels, answers: Labels) -> Scores:
    """Return the figures of answers, reviews x classes; a class that nobody named counts as 0."""
    assert truth.shape == answers.shape, f"{answers.shape} answers to {truth.shape} questions"
    return Scores(
        exact_match=float((truth == answers).all(axis=1).mean()),
        micro_f1=micro_f1(truth, answers),
        macro_f1=float(f1_score(truth, answers, average="macro", zero_division=0)),
        weighted_f1=float(f1_score(truth, answers, average="weighted", zero_division=0)),
        n=len(truth),
    )


def micro_f1(truth: Labels, answers: Labels) -> float:
    """
    Return micro-F1, 0 where nothing is named and nothing is true.

    scikit-learn takes a matrix of one class for answers to a question of yes and no.
    """
    named_and_true = float(truth.sum() + answers.sum())
    return 2 * float((truth & answers).sum()) / named_and_true if named_and_true else 0.0


def served(probabilities: Probabilities, calibration: Calibration | None) -> NDArray[np.floating]:
    """Return each row as the worker serves it."""
    if calibration is None:
        return probabilities
    rows = [calibrated(row, calibration) for row in probabilities.tolist()]
    return np.array(rows, np.float64).reshape(probabilities.shape)


def decisions(
    probabilities: NDArray[np.floating], labels: Sequence[int], rule: Rule
) -> tuple[Decision, ...]:
    """Return what `rule` decides on each row."""
    return tuple(decide(row, labels, rule) for row in probabilities.tolist())


def as_labels(decided: Sequence[Decision], labels: Sequence[int]) -> Labels:
    """Return the decided classes as zeros and ones."""
    return np.array([[c in d.classes for c in labels] for d in decided], np.int8)


def answer(probabilities: NDArray[np.floating], labels: Sequence[int], rule: Rule) -> Labels:
    """Return what `rule` answers to each row of probabilities, as zeros and ones."""
    return as_labels(decisions(probabilities, labels, rule), labels)
