"""
Turns: one write to a chat at a time, the most urgent first, then in the order of their arrival.

A write that waits for room in a group's limit lends its turn meanwhile, but only to more urgent
writes: any other write would need the same room.
"""

import asyncio
import itertools
from bisect import insort
from dataclasses import dataclass, field


@dataclass(slots=True, order=True)
class Place:
    """A place in the line of a chat."""

    urgency: int
    arrived: int
    is_lent: bool = field(default=False, compare=False)
    turn: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Turns:
    """The line of one chat."""

    def __init__(self) -> None:
        self._line: list[Place] = []
        self._holder: Place | None = None
        self._numbers = itertools.count()

    @property
    def is_taken(self) -> bool:
        """Whether a new write may have to wait."""
        return self._holder is not None or bool(self._line)

    async def take(self, urgency: int) -> Place:
        """Wait for the turn; the place must be left afterwards."""
        place = Place(urgency, next(self._numbers))
        insort(self._line, place)
        await self._wait(place)
        return place

    def leave(self, place: Place) -> None:
        """Return a turn, or leave the line; do nothing if that was done before."""
        if place is self._holder:
            self._holder = None
        elif any(place is other for other in self._line):
            self._line.remove(place)
        self._call_next()

    def lend(self, place: Place) -> None:
        """Let more urgent writes go first until the turn is taken back."""
        assert place is self._holder, "only the holder of the turn lends it"
        self._holder = None
        place.is_lent = True
        place.turn.clear()
        insort(self._line, place)
        self._call_next()

    async def take_back(self, place: Place) -> None:
        """Wait until the lent turn is free again."""
        place.is_lent = False
        await self._wait(place)

    async def _wait(self, place: Place) -> None:
        self._call_next()
        try:
            await place.turn.wait()
        except asyncio.CancelledError:
            self.leave(place)
            raise

    def _call_next(self) -> None:
        if self._holder is None and self._line and not self._line[0].is_lent:
            self._holder = self._line.pop(0)
            self._holder.turn.set()
