"""
Reminds the moderators, once, of reviews that wait too long for an answer.

One message lists all due reviews, so that the team gets a single message in the morning.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiogram.utils.formatting import Text

from bot.archive.waiting_cases import UnansweredCase, WaitingCases
from bot.clock import AHEAD_MS, now_ms
from bot.dialogue.group_post import GroupPost
from bot.dialogue.reminder_rules import best_third, reminder_due_ms
from bot.dialogue.rounds import repeat
from bot.form.screens import Screen
from bot.schedule.office_hours import OfficeHours
from bot.texts import Say
from triage.taxonomy import RatingScale

logger = logging.getLogger(__name__)

# Older reviews get no reminder, for example after the bot was off or updated.
KEPT_MS = 14 * 24 * 3_600_000

# A round reads all reviews that wait for a reply.
EVERY_MS = 60_000

# Numbers in one message; the others follow in the next one.
LISTED = 30


class Reminders:
    """Finds due reviews and lists them in the group."""

    def __init__(
        self,
        waiting: WaitingCases,
        post: GroupPost,
        office: OfficeHours,
        scale: RatingScale | None,
        say: Say,
    ) -> None:
        """`scale` is None if customers give no ratings."""
        self._waiting = waiting
        self._post = post
        self._office = office
        self._scale = (scale.lowest, scale.highest) if scale else (0, 1)
        self._say = say
        self._looked_ms = 0

    async def run(self) -> None:
        """Remind until cancelled."""
        await repeat(self._look, "reminders", asyncio.Event())

    async def _look(self) -> None:
        """Start a round once a minute; the clock of the demo may be moved meanwhile."""
        if not 0 <= now_ms() - self._looked_ms < EVERY_MS:
            self._looked_ms = now_ms()
            await self.round()

    async def round(self) -> None:
        """Send one reminder of all reviews that are due, if the pace of the group allows."""
        chat_id, now = await self._post.chat_id(), now_ms()
        if chat_id is None:
            return
        below = best_third(*self._scale)
        waiting = await self._waiting.unanswered(now - KEPT_MS, below=below)
        numbers = [each.number for each in waiting if self._is_due(each, now)][:LISTED]
        if not numbers or not await self._post.has_room():
            return
        # Stored first: after a crash a reminder may be missing, but is never sent twice.
        if await self._waiting.remind_of(numbers, now):
            await self._post.say(chat_id, Screen(reminder(numbers, self._say)), None)
            logger.info("%d reviews wait too long", len(numbers))

    def _is_due(self, case: UnansweredCase, now: int) -> bool:
        due_ms = reminder_due_ms(case.accepted_ms, case.rating, self._scale, self._office)
        # The waiting time of a review dated in the future is unknown.
        return due_ms is not None and (due_ms <= now or case.accepted_ms > now + AHEAD_MS)


def reminder(numbers: Sequence[int], say: Say) -> Text:
    """Return the message that names these reviews by the commands that open their cards."""
    commands = " ".join(f"/r{number}" for number in numbers)
    return Text(say("reminder", count=len(numbers), commands=commands))
