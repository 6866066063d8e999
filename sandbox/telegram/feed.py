"""
What happens in the sandbox, as it happens: for people who wait and for pages that show it.

Events are numbered, so that a subscriber who could not keep up notices the gap.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")

# A subscriber that is further behind than this loses the oldest events.
KEPT = 1000


class EventKind(StrEnum):
    """What an event is about."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    TAPPED = "tapped"
    ANSWERED = "answered"
    ACTION = "action"
    MEMBERSHIP = "membership"
    MENU = "menu"
    PERSON = "person"
    CALL = "call"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in a chat or (None) everywhere; `content` is ready for JSON."""

    number: int
    kind: EventKind
    chat_id: int | None
    content: Mapping[str, Any]


class Feed:
    """Hands events to whoever listens."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._listeners: dict[asyncio.Queue[Event], int | None] = {}

    def publish(self, kind: EventKind, chat_id: int | None, content: Mapping[str, Any]) -> None:
        """Hand an event to everybody who listens to its chat, or to everything."""
        event = Event(next(self._numbers), kind, chat_id, content)
        for queue, wanted in self._listeners.items():
            if wanted is None or wanted == chat_id:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    @contextmanager
    def subscribe(self, chat_id: int | None = None) -> Iterator[asyncio.Queue[Event]]:
        """Yield a queue of what happens from now on, in one chat or everywhere."""
        queue: asyncio.Queue[Event] = asyncio.Queue(KEPT)
        self._listeners[queue] = chat_id
        try:
            yield queue
        finally:
            del self._listeners[queue]

    async def until(self, chat_id: int, find: Callable[[], T | None], timeout_s: float) -> T:
        """Return what `find` finds, now or once something happened; TimeoutError if nothing."""
        with self.subscribe(chat_id) as events:
            async with asyncio.timeout(timeout_s):
                while (found := find()) is None:
                    await events.get()
        return found
