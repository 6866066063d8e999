"""What goes into a stream and comes out of it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from triage.queue.messages import QueueMessage

M = TypeVar("M", bound=QueueMessage)


@dataclass(frozen=True, slots=True)
class Entry:
    """Fields that wait to be added to a stream."""

    stream: str
    fields: Mapping[str, bytes]
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery(Generic[M]):
    """
    A message that this consumer was handed, and how often it was handed to anybody.

    Consumers that only let it wait and ended do not count.
    """

    entry_id: str
    message: M
    sealed: bytes
    attachment: bytes
    times: int


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where a published message stands: its entry and how many open ones are before it."""

    entry_id: str
    before: int
