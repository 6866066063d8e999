"""A bot is killed while it handles updates of many people; another one serves all of them."""

import asyncio
import time

import pytest

from bot.telegram.slots import SLOTS
from sandbox.api.faults import Fault, FaultKind
from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.e2e.processes import Installation
from tests.faults.conftest import Replicated
from tests.forked import Forked

# Two processes that import everything, on a busy machine.
START_S = 240

PATIENCE_S = 120

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(2 * START_S + 2 * PATIENCE_S),
    pytest.mark.xdist_group("processes"),
]


class Hold:
    """Lets no answer through, and counts those that wait."""

    def __init__(self) -> None:
        self.waiting = 0

    def __call__(self, method: str, chat_id: int | None) -> Fault | None:
        """Hold a message for longer than the test."""
        if method != "sendmessage":
            return None
        self.waiting += 1
        return Fault(FaultKind.SLOW, hold_s=600)


async def test_updates_in_progress_in_a_killed_bot_are_answered_once_after_restart(
    installation: Installation, telegram: Server
) -> None:
    bot = installation.start("bot")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), START_S)
    people = await _in_hand_of(bot, telegram)

    telegram.world.updates.polled.clear()
    installation.start("bot")
    served = asyncio.gather(*(p.sees_text("/start", timeout_s=PATIENCE_S) for p in people))
    await asyncio.wait_for(telegram.world.updates.polled.wait(), START_S)
    polled_s = time.monotonic()
    await served
    print(f"\n{SLOTS} people served {time.monotonic() - polled_s:.2f} s after the first getUpdates")
    assert [sum(m.sender.is_bot for m in person.messages) for person in people] == [1] * SLOTS


async def test_a_second_replica_answers_updates_in_progress_in_a_killed_one(
    replicated: Replicated, telegram: Server
) -> None:
    installation, balancer = replicated
    ports = list(balancer.ports)
    bots = [installation.start("bot", BOT_PORT=str(port)) for port in ports]
    async with asyncio.timeout(START_S):
        while telegram.world.webhook is None or not await balancer.all_listen():
            await asyncio.sleep(0.1)
    balancer.ports[:] = ports[:1]
    people = await _in_hand_of(bots[0], telegram)
    killed_s = time.monotonic()
    balancer.ports[:] = ports
    await asyncio.gather(*(p.sees_text("/start", timeout_s=PATIENCE_S) for p in people))
    print(f"\n{SLOTS} people served {time.monotonic() - killed_s:.2f} s after the kill")
    assert [sum(m.sender.is_bot for m in person.messages) for person in people] == [1] * SLOTS


async def _in_hand_of(bot: Forked, telegram: Server) -> list[Customer]:
    """Return people whose updates the bot had in hand when it was killed."""
    hold = telegram.faults.draw = Hold()
    people = [Customer(telegram.world) for _ in range(SLOTS)]
    for person in people:
        await person.says("/help")
    async with asyncio.timeout(PATIENCE_S):
        while hold.waiting < SLOTS:
            await asyncio.sleep(0.02)
    bot.kill()
    bot.wait()
    telegram.faults.clear()
    assert not any(m.sender.is_bot for person in people for m in person.messages)
    return people
