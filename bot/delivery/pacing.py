"""
When the moderators' group gets its next message, and whether it is a card or a digest.

Pure. `bot.urgency` says how much of the group's limit cards and edits may use.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.urgency import PLACES, WINDOW_S, Urgency

CARDS_A_WINDOW = PLACES[Urgency.CARD]
EDITS_A_WINDOW = PLACES[Urgency.EDIT]

# While cards wait, edits leave them at least three messages a window: customers cause edits too.
EDITS_WHILE_CARDS_WAIT = CARDS_A_WINDOW - 3


@dataclass(frozen=True, slots=True)
class SendCard:
    """Send the oldest waiting review as a card of its own."""


@dataclass(frozen=True, slots=True)
class SendDigest:
    """Send the oldest waiting reviews as one list."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing before this many seconds have passed."""

    wait_s: float


Plan = SendCard | SendDigest | Wait


def plan(waiting: int, sent_s: Sequence[float], now_s: float, *, paced: bool) -> Plan:
    """
    Return what to do for `waiting` reviews, given when the last messages were sent.

    Send cards while the waiting reviews fit into the rest of the window, otherwise digests.
    """
    if not waiting:
        return Wait(WINDOW_S)
    if not paced:
        return SendCard()
    recent = _recent(sent_s, now_s)
    left = CARDS_A_WINDOW - len(recent)
    if left <= 0:
        return Wait(WINDOW_S - (now_s - min(recent)))
    return SendCard() if waiting <= left else SendDigest()


def has_room_for_edit(waiting: int, sent_s: Sequence[float], now_s: float, *, paced: bool) -> bool:
    """Return whether a card may be edited now while `waiting` reviews have no card yet."""
    places = EDITS_WHILE_CARDS_WAIT if waiting else EDITS_A_WINDOW
    return not paced or len(_recent(sent_s, now_s)) < places


def _recent(sent_s: Sequence[float], now_s: float) -> list[float]:
    """Leave out moments before the window, and in the future: the clock was set back since."""
    return [moment for moment in sent_s if 0 <= now_s - moment < WINDOW_S]
