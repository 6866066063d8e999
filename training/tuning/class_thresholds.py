"""
A threshold for each class, by coordinate ascent: one class after the other, each by exact search.

A rare class has too few reviews for a reliable threshold, so its threshold is shrunk toward the
best common threshold: the fewer reviews, the more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.tuning.gains import Gain, true_counts

# The highest threshold of the grid; hardly any probability is above it.
HIGHEST = 0.95

# The thresholds converge after two or three rounds over all classes.
ROUNDS = 3


@dataclass(slots=True)
class _Answers:
    """The answers of each review during the search; `best` is its fallback class."""

    truth: NDArray[np.bool_]
    chosen: NDArray[np.bool_]
    best: NDArray[np.intp]
    gain: Gain

    def values(self, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return each review's gain without and with the class at `place`."""
        others = self.chosen.copy()
        others[:, place] = False
        true = true_counts(self.truth)
        right, named = (others & self.truth).sum(axis=1), others.sum(axis=1)
        alone = named == 0
        rows = np.arange(len(named))
        without = self.gain(
            np.where(alone, self.truth[rows, self.best], right), np.maximum(named, 1), true
        )
        return without, self.gain(right + self.truth[:, place], named + 1, true)


def best_thresholds(
    truth: Labels,
    probabilities: NDArray[np.floating],
    gain: Gain,
    *,
    shrinkage: float,
    lowest: float,
    fallback: int | None = None,
) -> tuple[float, ...]:
    """
    Return a threshold for each class, none below `lowest`, below which a review is undecided.

    A class of n reviews keeps n / (n + `shrinkage`) of its distance from the common threshold.
    If no class is above its own, the answer is the most probable class; for an undecided review it
    is the class at the position `fallback`, if given.
    """
    grid = np.arange(round(lowest * 100), round(HIGHEST * 100) + 1) / 100
    true, best = truth == 1, probabilities.argmax(axis=1)
    if fallback is not None:
        best = np.where(probabilities.max(axis=1) > lowest, best, fallback)
    common = _common(true, probabilities, gain, grid, best)
    thresholds = np.full(truth.shape[1], common)
    answers = _Answers(true, probabilities > common, best, gain)
    support = true.sum(axis=0)
    for _ in range(ROUNDS):
        for place in np.argsort(-support, kind="stable"):
            without, with_it = answers.values(place)
            own = _scan(probabilities[:, place], with_it - without, grid, common)
            kept = support[place] / (support[place] + shrinkage)
            thresholds[place] = round(kept * own + (1 - kept) * common, 4)
            answers.chosen[:, place] = probabilities[:, place] > thresholds[place]
    return tuple(thresholds.tolist())


def _common(
    truth: NDArray[np.bool_],
    probabilities: NDArray[np.floating],
    gain: Gain,
    grid: NDArray[np.float64],
    best: NDArray[np.intp],
) -> float:
    """Return the common threshold with the largest gain."""
    rows, true = np.arange(len(truth)), true_counts(truth)
    totals = []
    for threshold in grid:
        chosen = probabilities > threshold
        chosen[rows[~chosen.any(axis=1)], best[~chosen.any(axis=1)]] = True
        totals.append(gain((chosen & truth).sum(axis=1), chosen.sum(axis=1), true).sum())
    return float(grid[int(np.argmax(totals))])


def _scan(
    probabilities: NDArray[np.floating],
    differences: NDArray[np.float64],
    grid: NDArray[np.float64],
    common: float,
) -> float:
    """Return the threshold with the largest sum of differences, the nearest to `common`."""
    below = np.searchsorted(grid, probabilities, side="left")  # number of thresholds below
    sums = np.bincount(below, differences, len(grid) + 1)[::-1].cumsum()[::-1][1:]
    best = np.flatnonzero(sums >= sums.max() - 1e-9)
    return float(grid[best[np.abs(grid[best] - common).argmin()]])
