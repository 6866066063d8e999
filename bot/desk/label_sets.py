"""
Whole sets of classes that a review may have, the most probable first. Pure.

The probabilities of the classes are taken as independent: a set's probability is the product of p
for its classes and 1 - p for all others. The best set holds each class above one half. Every other
set differs from it by flips, and each flip costs log-odds. The sets come in the order of that cost
from a heap of partial sums, so only few of the 2^n sets are generated.
"""

import heapq
import math
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

# Clips probabilities, so that the log-odds of 0 and 1 are finite.
_LEAST = 1e-9

ClassSet = frozenset[int]


def likely_sets(
    probabilities: Sequence[float],
    ids: Sequence[int],
    count: int,
    *,
    without: Collection[ClassSet] = (),
) -> list[tuple[int, ...]]:
    """
    Return the `count` most probable sets that are not empty and not in `without`.

    The classes of a set are in order of their probability.
    """
    probability = dict(zip(ids, probabilities, strict=True))
    wanted = (one for one in _ranked(probability) if one and one not in without)
    return [by_probability(one, probability) for one in islice(wanted, count)]


def by_probability(classes: Collection[int], probability: dict[int, float]) -> tuple[int, ...]:
    """Return the classes, the most probable first."""
    return tuple(sorted(classes, key=lambda class_id: (-probability[class_id], class_id)))


def _ranked(probability: dict[int, float]) -> Iterator[ClassSet]:
    """Yield all sets, the most probable first."""
    best = frozenset(c for c, p in probability.items() if p > 0.5)
    flips = sorted((abs(_log_odds(p)), c) for c, p in probability.items())
    yield best
    # Each entry is a sum of costs, the position of its most costly flip, and the flipped classes.
    heap: list[tuple[float, int, ClassSet]] = []
    if flips:
        heap.append((flips[0][0], 0, frozenset({flips[0][1]})))
    while heap:
        cost, last, flipped = heapq.heappop(heap)
        yield best ^ flipped
        if last + 1 < len(flips):
            more, class_id = flips[last + 1]
            heapq.heappush(heap, (cost + more, last + 1, flipped | {class_id}))
            replaced = (flipped - {flips[last][1]}) | {class_id}
            heapq.heappush(heap, (cost + more - flips[last][0], last + 1, replaced))


def _log_odds(probability: float) -> float:
    held = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(held / (1 - held))
