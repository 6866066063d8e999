"""
Metrics as a manifest stores them: rounded, with a description and the deviation over folds.
"""

from collections.abc import Sequence

import numpy as np

from training.dataset.folds import Fold
from training.dataset.review_files import Labels
from training.evaluation.scores import score
from training.prediction.decisions import BEST_GUESS, answer
from triage.cascade import FallbackClass, Ladder, PerClass, Rule
from triage.manifest import QualityMetrics
from triage.taxonomy import Taxonomy
from worker.classifiers.protocol import Probabilities

DIGITS = 4


def measure_ladders(
    how: str,
    labels: Labels,
    probabilities: Probabilities,
    taxonomy: Taxonomy,
    *,
    fallback_class: int | None,
    folds: Sequence[Fold] = (),
    rule: Rule = BEST_GUESS,
) -> tuple[QualityMetrics, ...]:
    """
    Return the metrics of a fitted model's own `rule`.

    With `fallback_class` also those of a rule that gives an undecided review that class, as in the
    known recipes. `how` describes the source of the probabilities.
    """
    rules: list[tuple[Rule, str]] = [(rule, _name(rule))]
    if fallback_class is not None:
        known = Ladder(fallback=FallbackClass.model_validate({"class": fallback_class}))
        rules.append((known, f"fallback class {fallback_class}"))
    return tuple(
        measure(f"{how}, {name}", labels, answer(probabilities, taxonomy.ids, one), folds)
        for one, name in rules
    )


def _name(rule: Rule) -> str:
    if isinstance(rule, PerClass):
        return f"classes above {min(rule.thresholds)}, or the most probable"
    return f"fallback {rule.fallback}"


def measure(
    how: str, labels: Labels, answers: Labels, folds: Sequence[Fold] = ()
) -> QualityMetrics:
    """Return the metrics over all answers, with the deviation of exact match over `folds`."""
    scores = score(labels, answers)
    by_fold = [score(labels[fold.test], answers[fold.test]).exact_match for fold in folds]
    return QualityMetrics(
        how=how,
        n=scores.n,
        exact_match=round(scores.exact_match, DIGITS),
        micro_f1=round(scores.micro_f1, DIGITS),
        macro_f1=round(scores.macro_f1, DIGITS),
        exact_match_std=round(float(np.std(by_fold)), DIGITS) if by_fold else None,
    )


def as_text(metrics: Sequence[QualityMetrics]) -> str:
    """Return a line for each of the metrics."""
    return "".join(
        f"exact match {figures.exact_match:.3f}, micro-F1 {figures.micro_f1:.3f}, "
        f"macro-F1 {figures.macro_f1:.3f}: {figures.how}\n"
        for figures in metrics
    )
