"""
Figures as a manifest holds them: what was measured in words, rounded, with the spread of the folds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from training.dataset.folds import Fold
from training.dataset.folds_file import Folds
from training.dataset.reviews import Labels, Row, label_matrix
from training.evaluation.scores import score
from training.prediction.answers import answer
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Metrics
from triage.taxonomy import Taxonomy
from worker.classifier import Probabilities

DIGITS = 4


def measure_rules(
    rows: Sequence[Row],
    probabilities: Probabilities,
    folds: Folds,
    taxonomy: Taxonomy,
    rules: Sequence[Ladder],
) -> Iterator[Metrics]:
    """Yield the figures of each rule on out-of-fold probabilities."""
    labels = label_matrix(rows, taxonomy)
    for rule in rules:
        answers = answer(probabilities, taxonomy.ids, rule)
        yield measure(f"{folds.how}, fallback {_name(rule)}", labels, answers, list(folds.parts()))


def measure(how: str, labels: Labels, answers: Labels, folds: Sequence[Fold]) -> Metrics:
    """Return the figures over all answers, and how far exact match differs between folds."""
    figures = asdict(score(labels, answers))
    figures.pop("weighted_f1")  # a manifest has no room for it
    by_fold = [score(labels[fold.test], answers[fold.test]).exact_match for fold in folds]
    rounded = {name: round(value, DIGITS) for name, value in figures.items()}
    return Metrics(how=how, **rounded, exact_match_std=round(float(np.std(by_fold)), DIGITS))


def _name(rule: Ladder) -> str:
    fallback = rule.fallback
    return f"class {fallback.class_id}" if isinstance(fallback, FallbackClass) else fallback
