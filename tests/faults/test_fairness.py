"""
One person floods the bot; strangers are served meanwhile.

STRANGERS changes how many forms are measured, with and without the flood.
"""

import asyncio
import os
import statistics
import time

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from tests.e2e.processes import Installation
from tests.faults.memory import rss_mib
from tests.faults.pace import at_rate
from tests.faults.reviewer import Reviewer

STRANGERS = int(os.environ.get("STRANGERS", "4"))

EVENTS_A_SECOND = 50
GROUP_EVENTS_A_SECOND = 5
OWN_GROUP = -1001000000077

# A person reads before they tap. Some of a form's calls still exceed the limit of its own chat.
THINKING_S = 1.2

# The bound is for a loaded machine; the printed figures show what an idle one takes.
LONGEST_FORM_S = 180.0

# Strangers who fill in a form at the same time; the flood costs processor time as long as they do.
AT_ONCE = 4

# What a bot may need more after a flood than before; a flood leaves nothing behind for good.
GROWTH_MIB = 100.0

START_S = 300

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(START_S + 2 * STRANGERS * LONGEST_FORM_S),
    pytest.mark.xdist_group("processes"),
]


class Flooder:
    """Writes, sends stickers and taps dead buttons; commands the bot in a group of their own."""

    def __init__(self, telegram: Server) -> None:
        world = telegram.world
        world.add_group("Own", OWN_GROUP)
        self.private = Customer(world, "Flooder")
        self.in_group = Moderator(world, "Flooder's friend", chat_id=OWN_GROUP)

    async def in_private(self, number: int) -> None:
        """Do the next thing in the private chat."""
        match number % 3:
            case 0:
                await self.private.says("/start")
            case 1:
                await self.private.sends("sticker")
            case _:
                bots = [m for m in self.private.messages[:20] if m.sender.is_bot]
                if bots:
                    self.private.taps_stale(bots[0], "f:dead:r:3")

    async def in_own_group(self, number: int) -> None:
        """Try another code in the group."""
        await self.in_group.says(f"/connect {number}")


async def forms(telegram: Server, count: int) -> list[float]:
    """Let strangers send reviews, AT_ONCE at a time; return the seconds of each."""
    left, took_s = iter(range(count)), []

    async def one_after_the_other() -> None:
        for number in left:
            person = Customer(telegram.world)
            stranger = Reviewer(person, step_s=LONGEST_FORM_S, thinking_s=THINKING_S)
            began_s = time.monotonic()
            await stranger.sends(f"Отзыв {number}: всё хорошо")
            took_s.append(time.monotonic() - began_s)

    async with asyncio.TaskGroup() as strangers:
        for _ in range(AT_ONCE):
            strangers.create_task(one_after_the_other())
    return took_s


def p95(took_s: list[float]) -> float:
    return statistics.quantiles(took_s, n=20, method="inclusive")[-1]


async def test_a_flood_from_one_person_neither_delays_nor_rate_limits_others(
    installation: Installation, telegram: Server
) -> None:
    bot = installation.start("bot")
    installation.start("worker")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), START_S)
    idle_s = await forms(telegram, STRANGERS)
    before_mib = rss_mib(bot.pid)
    flooder = Flooder(telegram)
    flood = [
        asyncio.create_task(at_rate(EVENTS_A_SECOND, flooder.in_private)),
        asyncio.create_task(at_rate(GROUP_EVENTS_A_SECOND, flooder.in_own_group)),
    ]
    await asyncio.sleep(3)
    flooded_s = await forms(telegram, STRANGERS)
    after_mib = rss_mib(bot.pid)
    for task in flood:
        assert not task.done(), "the flood went on until the end"
        task.cancel()
    await asyncio.wait(flood)

    print(
        f"\n{STRANGERS} forms: p95 {p95(idle_s):.2f} s idle, {p95(flooded_s):.2f} s in the flood; "
        f"429 by chat: {dict(telegram.limits.refused)}, {telegram.limits.refused_for_all} of them "
        f"because of other chats; the bot's RSS: {before_mib:.0f} MiB before, {after_mib:.0f} after"
    )
    assert bot.poll() is None
    assert after_mib - before_mib < GROWTH_MIB
    assert max(flooded_s) < LONGEST_FORM_S
    assert telegram.limits.refused_for_all == 0
