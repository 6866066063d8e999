"""
Searches a stream of reviews, newest first, for those of one page. Accepts any stream.

A page reads a limited number of reviews, so that a tap is answered quickly; if there are more, the
next page continues where this one ended.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """A review of the stream."""

    @property
    def number(self) -> int:
        """The review's number."""


SeenT = TypeVar("SeenT", bound=Numbered)
HitT = TypeVar("HitT")


@dataclass(frozen=True, slots=True)
class Scan(Generic[HitT]):
    """
    The content of a page: the hits by number, newest first.

    `below` is where the next page begins, None at the end. `is_cut` is whether the page ended
    because it reached the limit of reviews.
    """

    hits: dict[int, HitT]
    below: int | None
    is_cut: bool = False


async def scan(
    stream: AsyncGenerator[SeenT, None],
    hit: Callable[[SeenT], HitT | None],
    size: int,
    limit: int,
) -> Scan[HitT]:
    """Return the first `size` reviews for which `hit` is not None, among `limit` at most."""
    hits: dict[int, HitT] = {}
    looked, last = 0, None
    async with aclosing(stream):
        async for seen in stream:
            if looked == limit:
                return Scan(hits, last, is_cut=True)
            found = hit(seen)
            if found is not None and len(hits) == size:
                return Scan(hits, min(hits))
            if found is not None:
                hits[seen.number] = found
            looked, last = looked + 1, seen.number
    return Scan(hits, None)
