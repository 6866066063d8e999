"""
What the linear model is worth on reviews that it did not see, measured where it is fitted.

Every row is answered once, by a model whose folds it is not in, with weights rounded as they are
stored and through the cascade that serves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
from scipy.sparse import vstack
from tqdm import tqdm

from training.dataset import Labels, Row, label_matrix
from training.evaluation import answer, score
from training.extra import without
from training.folds import Fold
from training.folds_file import Folds
from training.linear import fit
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Metrics
from triage.taxonomy import Taxonomy
from worker.classifier import Probabilities
from worker.linear import matrix

DIGITS = 4


def out_of_fold(
    rows: Sequence[Row],
    parts: Iterable[Fold],
    taxonomy: Taxonomy,
    *,
    strength: float,
    extra: Sequence[Row] = (),
) -> Probabilities:
    """
    Return a probability for each row and class from a model that did not see the row.

    Of the `extra` rows, which are learnt from and not measured, those that are made from a measured
    row or say the same are left out of its fold.
    """
    labels, found = label_matrix(rows, taxonomy), matrix([row.review for row in rows])
    extra_labels = label_matrix(extra, taxonomy) if extra else labels[:0]
    extra_found = matrix([row.review for row in extra])
    answered = np.full(labels.shape, np.nan, np.float32)
    for part in tqdm(list(parts), unit="fold", leave=False):
        kept = without(extra, [rows[p] for p in part.test])
        learnt = vstack([found[part.train], extra_found[kept]], format="csr")
        wanted = np.concatenate([labels[part.train], extra_labels[kept]])
        answered[part.test] = fit(learnt, wanted, strength=strength).probabilities(found[part.test])
    assert not np.isnan(answered).any(), "a row is in no fold's test part"
    return answered


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
