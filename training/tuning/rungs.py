"""
The best ladder for given probabilities: an exact search over all ladders on a grid.

A review is decided at the highest rung below its best probability, so a rung's gain depends only on
the rung above it. That is a longest-path problem, solved by dynamic programming.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.tuning.gains import Gain, true_counts

# Hundredths from 0.01 to 0.99.
GRID = np.arange(1, 100) / 100


def best_rungs(
    truth: Labels,
    probabilities: NDArray[np.floating],
    gain: Gain,
    *,
    count: int,
    lowest: float,
) -> tuple[float, ...]:
    """
    Return at most `count` rungs, from high to low, with the largest gain.

    The last is `lowest`: below it a person decides, and the search does not change that.
    """
    grid = GRID[lowest <= GRID]
    values = np.stack([_values(truth, probabilities > rung, gain) for rung in grid])
    highest = probabilities.max(axis=1)
    order = np.argsort(highest, kind="stable")
    sums = np.pad(values[:, order].cumsum(axis=1), ((0, 0), (1, 0)))
    ends = np.append(np.searchsorted(highest[order], grid, side="right"), len(order))
    return tuple(grid[place] for place in _path(sums, ends, count))


def _values(truth: Labels, answers: NDArray[np.bool_], gain: Gain) -> NDArray[np.float64]:
    right = (answers & (truth == 1)).sum(axis=1)
    return gain(right, answers.sum(axis=1), true_counts(truth))


def _path(sums: NDArray[np.float64], ends: NDArray[np.intp], count: int) -> Sequence[int]:
    """
    Return grid positions, from high to low and ending with the first, with the largest gain.

    `sums[g]` are the running sums of rung g's gains, reviews in the order of their best
    probability; `ends[g]` is the number of reviews whose best probability is at or below rung g.
    """
    size = len(ends) - 1
    between = sums[:, ends] - sums[np.arange(size), ends[:size]][:, None]
    between[np.tril_indices(size, m=size + 1)] = -np.inf  # the next rung must be higher
    reached = between[:, size]
    above = [np.full(size, size)]
    for _ in range(count - 1):
        longer = between[:, :size] + reached
        choice = np.where(longer.max(axis=1) > reached + 1e-9, longer.argmax(axis=1), size)
        reached = np.maximum(reached, longer.max(axis=1))
        above.append(choice)
    return _walk(above)


def _walk(above: Sequence[NDArray[np.intp]]) -> Sequence[int]:
    """Follow the choices up from the lowest rung; `above[k]` is for at most k + 1 rungs."""
    size, path = len(above[0]), [0]
    for choice in reversed(above):
        if choice[path[-1]] < size:
            path.append(int(choice[path[-1]]))
    return path[::-1]
