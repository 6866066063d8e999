"""
How urgent a write to a group is, and how much of the group's limit it may use. Pure.

Telegram lets a bot write 20 times a minute to one group, edits included
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this and
https://github.com/tdlib/td/issues/2592). Two of them are reserved, because clocks differ.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum

WINDOW_S = 60.0


class Urgency(IntEnum):
    """Waiting writes to a group are sent in this order."""

    FAILURE = 0  # a reply that has not arrived
    CUSTOMER = 1  # what a customer answered
    MODERATOR = 2  # what a moderator has just asked for, such as a held reply or a command
    EDIT = 3  # the newest state of a card
    CARD = 4
    DIGEST = 5
    ERASURE = 6  # of an author's data: there may be hundreds of messages


# A write of this urgency is sent only if there are at most this many writes in WINDOW_S with it. So
# more urgent writes find room, no matter how many cards wait.
PLACES: Mapping[Urgency, int] = {
    Urgency.FAILURE: 18,
    Urgency.CUSTOMER: 18,
    Urgency.MODERATOR: 18,
    Urgency.EDIT: 17,
    Urgency.CARD: 15,
    Urgency.DIGEST: 15,
    Urgency.ERASURE: 15,
}

_CURRENT: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.MODERATOR)


def current_urgency() -> Urgency:
    """Return how urgent the calls of this task are."""
    return _CURRENT.get()


@contextmanager
def writing_as(urgency: Urgency) -> Iterator[None]:
    """Give the calls inside the block this urgency."""
    token = _CURRENT.set(urgency)
    try:
        yield
    finally:
        _CURRENT.reset(token)
