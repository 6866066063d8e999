"""
Confidence intervals of metrics, by the percentile bootstrap over reviews.

Efron and Tibshirani, 1993: the reviews are resampled with replacement, a fixed number of times from
a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from training.dataset.review_files import Labels

RESAMPLES = 2000
SEED = 42
LEVEL = 0.95

# Reviews x 3: the true positives, false positives and false negatives of each review.
Counts = NDArray[np.float64]

Statistic = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The second metric minus the first, its bounds, and the share of resamples above zero."""

    value: float
    low: float
    high: float
    better: float


def exact_match_interval(truth: Labels, answers: Labels) -> Interval:
    """Return exact match with its interval."""
    right = (truth == answers).all(axis=1).astype(np.float64)
    found = _draw((right,), _mean)
    return Interval(float(right.mean()), float(found.low), float(found.high))


def exact_match_difference(truth: Labels, old: Labels, new: Labels) -> Difference:
    """Return the exact match of `new` minus that of `old` on the same reviews."""
    gain = (truth == new).all(axis=1).astype(np.float64) - (truth == old).all(axis=1)
    return _difference((gain,), _mean)


def micro_f1_difference(truth: Labels, old: Labels, new: Labels) -> Difference:
    """Return the micro-F1 of `new` minus that of `old` on the same reviews."""
    counts = np.hstack([_counts(truth, old), _counts(truth, new)])
    return _difference(tuple(counts.T), _f1_gain)


def _counts(truth: Labels, answers: Labels) -> Counts:
    right = (truth & answers).sum(axis=1)
    return np.stack([right, answers.sum(axis=1) - right, truth.sum(axis=1) - right], axis=1) * 1.0


def _mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    means: NDArray[np.float64] = values.mean(axis=axis)
    return means


def _f1_gain(*counts: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    sums = [count.sum(axis=axis) for count in counts]
    return _f1(*sums[3:]) - _f1(*sums[:3])


def _f1(
    right: NDArray[np.float64], wrong: NDArray[np.float64], missed: NDArray[np.float64]
) -> NDArray[np.float64]:
    return 2 * right / np.maximum(2 * right + wrong + missed, 1)


@dataclass(frozen=True, slots=True)
class _Drawn:
    low: float
    high: float
    values: NDArray[np.float64]


def _draw(data: tuple[NDArray[np.float64], ...], statistic: Statistic) -> _Drawn:
    if len(data[0]) == 1:  # every resample is the same review
        only = statistic(*data, axis=0)
        return _Drawn(float(only), float(only), np.full(RESAMPLES, only))
    found = bootstrap(
        data,
        statistic,
        n_resamples=RESAMPLES,
        batch=100,
        paired=True,
        vectorized=True,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    interval = found.confidence_interval
    return _Drawn(interval.low, interval.high, found.bootstrap_distribution)


def _difference(data: tuple[NDArray[np.float64], ...], statistic: Statistic) -> Difference:
    found = _draw(data, statistic)
    return Difference(
        value=float(statistic(*data, axis=0)),
        low=float(found.low),
        high=float(found.high),
        better=float((found.values > 0).mean()),
    )
