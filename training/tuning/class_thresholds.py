"""
A threshold for each class, by coordinate ascent: one class after the other, each scanned exactly.

A rare class has too few reviews to say much, so its best threshold is drawn toward the one that is
best for all classes together, the more the fewer reviews it has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.tuning.gains import Gain, true_counts

# Hundredths up to here; above it hardly any probability lies.
HIGHEST = 0.95

# The thresholds stand still after two or three rounds over all classes.
ROUNDS = 3


@dataclass(slots=True)
class _Answers:
    """What is answered to each review while thresholds move; `best` is what it falls back on."""

    truth: NDArray[np.bool_]
    chosen: NDArray[np.bool_]
    best: NDArray[np.intp]
    gain: Gain

    def values(self, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what each review gains without and with the class at `place`."""
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
    Where no class is above its own, the most probable one is answered; an undecided review is filed
    under the class at the position `fallback`, if there is one.
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
    """Return the one threshold that gains most when it is every class's."""
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
    """Return the threshold above which the differences sum up most, the nearest to `common`."""
    below = np.searchsorted(grid, probabilities, side="left")  # how many thresholds are passed
    sums = np.bincount(below, differences, len(grid) + 1)[::-1].cumsum()[::-1][1:]
    best = np.flatnonzero(sums >= sums.max() - 1e-9)
    return float(grid[best[np.abs(grid[best] - common).argmin()]])
