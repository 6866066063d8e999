"""Entries to be added to a stream, and deliveries read from it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from triage.queue.messages import QueueMessage

M = TypeVar("M", bound=QueueMessage)


@dataclass(frozen=True, slots=True)
class Entry:
    """Fields to be added to a stream."""

    stream: str
    fields: Mapping[str, bytes]
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery(Generic[M]):
    """
    A message delivered to this consumer, and how often it was delivered to any consumer.

    A delivery to a consumer that ended before it started the message does not count.
    """

    entry_id: str
    message: M
    sealed: bytes
    attachment: bytes
    times: int


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """The position of a published message: its entry and how many open ones are before it."""

    entry_id: str
    before: int
