"""A log of Bot API calls and their outcomes. Bounded; never holds a text."""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.telegram.feed import EventKind, Feed

# Enough for a few hundred reviews; older calls are deleted.
KEPT = 10_000

OK = "ok"


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `outcome` is "ok", the description of a refusal, or the fault that hit it."""

    number: int
    method: str
    chat_id: int | None
    when_ms: int
    took_ms: float
    outcome: str

    def to_json(self) -> dict[str, Any]:
        """Return the call for a page or a test."""
        return asdict(self)


class CallLog:
    """The last calls, oldest first."""

    def __init__(self, feed: Feed) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._feed = feed

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def note(
        self, method: str, chat_id: int | None, when_ms: int, took_ms: float, outcome: str
    ) -> None:
        """Log a call and publish it."""
        call = Call(next(self._numbers), method, chat_id, when_ms, round(took_ms, 2), outcome)
        self._calls.append(call)
        self._feed.publish(EventKind.CALL, chat_id, call.to_json())

    def after(self, number: int) -> list[Call]:
        """Return the calls that came after the one with `number`."""
        return [call for call in self._calls if call.number > number]

    def clear(self) -> None:
        """Delete all calls."""
        self._calls.clear()
