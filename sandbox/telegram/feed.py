"""
A stream of the sandbox's events, for simulated people who wait and for pages.

Events are numbered, so that a slow subscriber notices a gap.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")

# A subscriber with more unread events than this loses the oldest ones.
KEPT = 1000


class EventKind(StrEnum):
    """The kind of an event."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    EPHEMERAL = "ephemeral"  # a message that one member sees: sent, edited or deleted
    TAPPED = "tapped"
    ANSWERED = "answered"
    ACTION = "action"
    MEMBERSHIP = "membership"
    MENU = "menu"
    PERSON = "person"
    CALL = "call"
    CLOCK = "clock"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Event:
    """An event in one chat, or (None) outside of chats; `content` can be encoded as JSON."""

    number: int
    kind: EventKind
    chat_id: int | None
    content: Mapping[str, Any]


class Feed:
    """Delivers events to subscribers."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._listeners: dict[asyncio.Queue[Event], int | None] = {}

    def publish(self, kind: EventKind, chat_id: int | None, content: Mapping[str, Any]) -> None:
        """Deliver an event to the subscribers of its chat and of all events."""
        event = Event(next(self._numbers), kind, chat_id, content)
        for queue, wanted in self._listeners.items():
            if wanted is None or wanted == chat_id:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    @contextmanager
    def subscribe(self, chat_id: int | None = None) -> Iterator[asyncio.Queue[Event]]:
        """Yield a queue of the events from now on, of one chat or of all."""
        queue: asyncio.Queue[Event] = asyncio.Queue(KEPT)
        self._listeners[queue] = chat_id
        try:
            yield queue
        finally:
            del self._listeners[queue]

    async def until(self, chat_id: int, find: Callable[[], T | None], timeout_s: float) -> T:
        """Call `find` now and after each event until it finds something; raises TimeoutError."""
        with self.subscribe(chat_id) as events:
            async with asyncio.timeout(timeout_s):
                while (found := find()) is None:
                    await events.get()
        return found
