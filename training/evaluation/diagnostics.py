"""
Diagnostics of a model besides the scores: metrics of each class, confusions, calibration.

Pure functions over label matrices and probabilities; classes in the order of the taxonomy.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.evaluation.scores import score_classes
from triage.cascade import Confidence, Decision
from triage.taxonomy import Taxonomy

BINS = 10
MOST_CONFUSED = 15
WORST = 10


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """The metrics of one class; `support` is its number of reviews, `named` of answers."""

    id: int
    title: str
    support: int
    named: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """The number of reviews with `named` as false positive, `missed` as false negative."""

    missed: int
    named: int
    count: int


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of probabilities: their number, their mean, and the share of true ones."""

    count: int
    mean: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """
    Calibration errors of probabilities (Guo et al. 2017).

    `ece` is over all reviews and classes, nearly all of them near zero; `ece_best` is over the most
    probable class of each review; the reliability diagram shows its `bins`. `log_loss` is the mean
    over reviews and classes, in nats.
    """

    ece: float
    ece_best: float
    log_loss: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The answers of one confidence: their number and their exact match."""

    confidence: Confidence
    count: int
    exact_match: float


def class_metrics(truth: Labels, answers: Labels, taxonomy: Taxonomy) -> tuple[ClassMetrics, ...]:
    """Return the metrics of each class; an undefined one is 0."""
    scores = score_classes(truth, answers)
    named = answers.sum(axis=0)
    return tuple(
        ClassMetrics(
            id=class_id,
            title=taxonomy.title(class_id, "en"),
            support=int(scores.support[place]),
            named=int(named[place]),
            precision=float(scores.precision[place]),
            recall=float(scores.recall[place]),
            f1=float(scores.f1[place]),
        )
        for place, class_id in enumerate(taxonomy.ids)
    )


def worst_classes(figures: Sequence[ClassMetrics]) -> tuple[ClassMetrics, ...]:
    """Return the classes with the lowest F1 among those that occur, the most frequent first."""
    occurring = [one for one in figures if one.support]
    return tuple(sorted(occurring, key=lambda one: (one.f1, -one.support))[:WORST])


def confusions(truth: Labels, answers: Labels, labels: Sequence[int]) -> tuple[Confusion, ...]:
    """Return the most frequent confusions."""
    found: Counter[tuple[int, int]] = Counter()
    for missed, named in zip((truth > answers), (answers > truth), strict=True):
        found.update(product(np.flatnonzero(missed).tolist(), np.flatnonzero(named).tolist()))
    return tuple(
        Confusion(labels[missed], labels[named], count)
        for (missed, named), count in found.most_common(MOST_CONFUSED)
    )


def reliability(truth: Labels, probabilities: NDArray[np.floating]) -> Reliability:
    """Return the calibration of `probabilities`."""
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(truth))
    bins = _bins(probabilities[rows, best], truth[rows, best])
    p = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    return Reliability(
        ece=_ece(_bins(probabilities.ravel(), truth.ravel())),
        ece_best=_ece(bins),
        log_loss=float(-np.where(truth == 1, np.log(p), np.log(1 - p)).mean()),
        bins=bins,
    )


def levels(truth: Labels, answers: Labels, decided: Sequence[Decision]) -> tuple[Level, ...]:
    """Return the number and the exact match of each confidence that occurs."""
    right = (truth == answers).all(axis=1)
    given = np.array([decision.confidence for decision in decided])
    return tuple(
        Level(confidence, int(these.sum()), float(right[these].mean()))
        for confidence in Confidence
        if (these := given == confidence).any()
    )


def _bins(probabilities: NDArray[np.floating], truth: NDArray[np.int8]) -> tuple[Bin, ...]:
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(int(these.sum()), float(probabilities[these].mean()), float(truth[these].mean()))
        for place in range(BINS)
        if (these := places == place).any()
    )


def _ece(bins: Sequence[Bin]) -> float:
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.mean - one.right) for one in bins) / total
