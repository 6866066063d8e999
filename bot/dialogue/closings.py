"""
Tells a customer that their review is closed, and asks whether the problem is solved.

This is done only after a dialogue: a review without a reply is closed silently.
"""

import asyncio

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import Direction, MessageKind, NewMessage
from bot.archive.waiting_cases import ClosedCase, WaitingCases
from bot.clock import now_ms
from bot.dialogue.reply_sender import ReplySender
from bot.dialogue.rounds import repeat

# A moderator who closes a case by mistake has this time to reopen it.
GRACE_MS = 10_000

# After an outage of days a question about an old case would surprise the customer.
TOLD_WITHIN_MS = 24 * 3_600_000


class Closings:
    """Finds closed cases and lets the sender of replies ask their customers."""

    def __init__(self, waiting: WaitingCases, dialogue: Dialogue, sender: ReplySender) -> None:
        self._waiting = waiting
        self._dialogue = dialogue
        self._sender = sender

    async def run(self) -> None:
        """Look for closed cases until cancelled."""
        await repeat(self.round, "closed cases", asyncio.Event())

    async def round(self) -> None:
        """Store the question for each closed case, once for each closing."""
        now = now_ms()
        for closed in await self._waiting.untold(now, GRACE_MS, TOLD_WITHIN_MS):
            await self._dialogue.add(_question(closed, now))
            self._sender.wake()


def _question(closed: ClosedCase, now: int) -> NewMessage:
    return NewMessage(
        number=closed.number,
        direction=Direction.OUT,
        kind=MessageKind.CLOSING,
        text="",
        by_id=0,
        source=f"closing:{closed.number}:{closed.version}",
        created_ms=max(now, closed.closed_ms),  # the closing may be dated in the future
        due_ms=now,
    )
