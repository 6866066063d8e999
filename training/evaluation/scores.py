"""
Metrics of answers: pure functions over label matrices.

Exact match is the share of reviews whose whole set of classes is right; it is the competition's
metric. Micro-F1 weighs all labels equally, macro-F1 all classes, weighted F1 each class by its
support.
"""

from dataclasses import dataclass

from sklearn.metrics import f1_score

from training.dataset.review_files import Labels


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics of `n` answers, each from 0 to 1."""

    exact_match: float
    micro_f1: float
    macro_f1: float
    weighted_f1: float
    n: int


def score(truth: Labels, answers: Labels) -> Scores:
    """Return the metrics of answers, reviews x classes; the F1 of a class never named is 0."""
    assert truth.shape == answers.shape, f"answers {answers.shape}, labels {truth.shape}"
    return Scores(
        exact_match=float((truth == answers).all(axis=1).mean()),
        micro_f1=micro_f1(truth, answers),
        macro_f1=float(f1_score(truth, answers, average="macro", zero_division=0)),
        weighted_f1=float(f1_score(truth, answers, average="weighted", zero_division=0)),
        n=len(truth),
    )


def micro_f1(truth: Labels, answers: Labels) -> float:
    """
    Return micro-F1, 0 if no class is named and none is true.

    scikit-learn would treat a matrix of one class as binary classification.
    """
    named_and_true = float(truth.sum() + answers.sum())
    return 2 * float((truth & answers).sum()) / named_and_true if named_and_true else 0.0
