"""
What the linear model is worth on reviews that it did not see, measured where it is fitted.

Every row is answered once, by a model whose folds it is not in, with weights rounded as they are
stored and through the cascade that serves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
from scipy.sparse import csr_array

from training.dataset import Labels, Row, label_matrix
from training.evaluation import answer, score
from training.folds import Fold, split, text_key
from training.linear import fit
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Metrics
from triage.taxonomy import Taxonomy
from worker.classifier import Probabilities
from worker.linear import matrix

DIGITS = 4


def cross_validate(
    rows: Sequence[Row],
    taxonomy: Taxonomy,
    rules: Sequence[Ladder],
    *,
    folds: int,
    seed: int,
    strength: float,
) -> Iterator[Metrics]:
    """Yield the figures of each rule, first for unseen texts and then for any traffic."""
    found = matrix([row.review for row in rows])
    labels = label_matrix(rows, taxonomy)
    for how, keys in (
        ("identical texts in one fold", [text_key(row.review.text) for row in rows]),
        ("identical texts in any fold", range(len(rows))),
    ):
        parts = tuple(split(labels, keys, folds=folds, seed=seed))
        probabilities = out_of_fold(found, labels, parts, strength=strength)
        for rule in rules:
            answers = answer(probabilities, taxonomy.ids, rule)
            title = f"{folds}-fold (seed {seed}), {how}, fallback {_name(rule)}"
            yield measure(title, labels, answers, parts)


def out_of_fold(
    rows: csr_array, labels: Labels, folds: Iterable[Fold], *, strength: float
) -> Probabilities:
    """Return a probability for each row and class from a model that did not see the row."""
    found = np.full(labels.shape, np.nan, np.float32)
    for fold in folds:
        weights = fit(rows[fold.train], labels[fold.train], strength=strength)
        found[fold.test] = weights.probabilities(rows[fold.test])
    assert not np.isnan(found).any(), "a row is in no fold's test part"
    return found


def measure(how: str, labels: Labels, answers: Labels, folds: Sequence[Fold]) -> Metrics:
    """Return the figures over all answers, and how far exact match differs between folds."""
    figures = asdict(score(labels, answers))
    by_fold = [score(labels[fold.test], answers[fold.test]).exact_match for fold in folds]
    rounded = {name: round(value, DIGITS) for name, value in figures.items()}
    return Metrics(how=how, **rounded, exact_match_std=round(float(np.std(by_fold)), DIGITS))


def _name(rule: Ladder) -> str:
    fallback = rule.fallback
    return f"class {fallback.class_id}" if isinstance(fallback, FallbackClass) else fallback
