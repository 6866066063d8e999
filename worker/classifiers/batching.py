"""
Forms batches of the waiting jobs, and orders them.

Pure: it reads only a job's cost and its number of deliveries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

J = TypeVar("J")


@dataclass(frozen=True, slots=True)
class WaitingReview(Generic[J]):
    """A job in the look-ahead window: its cost, how often it was delivered, when it arrived."""

    job: J
    tokens: int
    times: int
    arrived_s: float


@dataclass(frozen=True, slots=True)
class Batch(Generic[J]):
    """Jobs that are run together."""

    items: tuple[WaitingReview[J], ...]

    @property
    def padded_tokens(self) -> int:
        """The cost of the batch: every row is padded to the longest."""
        return len(self.items) * max(item.tokens for item in self.items)


def form_batches(window: Sequence[WaitingReview[J]], *, max_tokens: int) -> list[Batch[J]]:
    """
    Return the jobs of `window`, given in order of arrival, in batches of about equal lengths.

    No batch costs more than `max_tokens` after padding, except a job that does so by itself. A job
    that was delivered before runs alone, because it may have crashed a worker. The batch with
    the oldest job comes first, so that no job starves.
    """

    def runs_alone(place: int) -> bool:
        return window[place].times > 1 or window[place].tokens > max_tokens

    by_length = sorted(range(len(window)), key=lambda place: window[place].tokens)
    batches = [[place] for place in by_length if runs_alone(place)]
    batches += _cut([place for place in by_length if not runs_alone(place)], window, max_tokens)
    return [Batch(tuple(window[place] for place in batch)) for batch in sorted(batches, key=min)]


def _cut(places: list[int], window: Sequence[WaitingReview[J]], max_tokens: int) -> list[list[int]]:
    """Cut `places`, shortest job first, before each row that would exceed the budget."""
    batches: list[list[int]] = []
    for place in places:
        if not batches or (len(batches[-1]) + 1) * window[place].tokens > max_tokens:
            batches.append([])
        batches[-1].append(place)
    return batches
