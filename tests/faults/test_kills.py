"""
Reviews under random kills of bot, worker and Redis and 5 % faulty calls: nothing is lost.

REVIEWS and KILLS are the size of the run with SQLite and polling, WEBHOOK_REVIEWS and WEBHOOK_KILLS
that of the run with PostgreSQL and two bots behind a webhook; SEED repeats the choices of a run.
`make soak` runs the long form.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from random import Random

import pytest

from sandbox.server import Server
from tests.e2e.processes import Installation
from tests.faults.bench import SETTLE_S, START_S, Bench, Serving
from tests.faults.conftest import Replicated
from tests.faults.killer import Killer
from tests.faults.ledger import Ledger
from tests.faults.random_faults import random_faults
from tests.faults.supervisor import Supervised
from tests.redis_server import RedisServer

SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)

FAULTY_SHARE = 0.05

# From this many reviews on, the share of repeated messages is bounded by itself.
LONG_RUN = 1000

REPORT_S = 120


@dataclass(frozen=True, slots=True)
class Load:
    """How many reviews are sent under how many kills."""

    reviews: int
    kills: int

    @property
    def longest_s(self) -> int:
        """One restart and a few forms for each kill, on a busy machine."""
        return 600 + 10 * self.kills + 2 * self.reviews


POLLING = Load(int(os.environ.get("REVIEWS", "60")), int(os.environ.get("KILLS", "9")))
WEBHOOK = Load(
    int(os.environ.get("WEBHOOK_REVIEWS", "30")), int(os.environ.get("WEBHOOK_KILLS", "6"))
)

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(2 * max(POLLING.longest_s, WEBHOOK.longest_s) + START_S + SETTLE_S + 60),
    pytest.mark.xdist_group("processes"),
]


async def test_no_review_is_lost_stuck_or_answered_twice_under_random_kills(
    telegram: Server, installation: Installation, own_redis: RedisServer
) -> None:
    bench = Bench(telegram, installation, own_redis, [Supervised(installation, "bot")])

    async def polls() -> bool:
        return telegram.world.updates.polled.is_set()

    await _survives(bench, polls, telegram, POLLING)


async def test_two_webhook_bots_on_postgresql_lose_no_review_under_random_kills(
    telegram: Server, replicated: Replicated, own_redis: RedisServer
) -> None:
    installation, balancer = replicated
    bots = [Supervised(installation, "bot", BOT_PORT=str(port)) for port in balancer.ports]
    bench = Bench(telegram, installation, own_redis, bots)

    async def listen() -> bool:
        return telegram.world.webhook is not None and await balancer.all_listen()

    await _survives(bench, listen, telegram, WEBHOOK)
    print(f"answers to pushed updates: {dict(balancer.statuses)}")


async def _survives(bench: Bench, serving: Serving, telegram: Server, load: Load) -> None:
    """Let people send reviews under kills, and compare what was accepted with what is shown."""
    print(f"\nSEED={SEED}, {load.reviews} reviews, {load.kills} kills")
    rng = Random(SEED)
    killer = Killer(rng, load.kills, bench.bots, bench.worker, bench.redis)
    await bench.start(serving)
    began_s = time.monotonic()
    telegram.faults.draw = random_faults(rng, FAULTY_SHARE)
    try:
        await _under_kills(bench, killer, load)
        sent_s = time.monotonic() - began_s
        result, end = await bench.settled()
    finally:
        await bench.stop_watching()
    print(
        f"{result}\nkilled: {dict(killer.killed)}; forms begun: {bench.attempts}; all sent after "
        f"{sent_s:.0f} s, settled after {time.monotonic() - began_s:.0f} s; 429: "
        f"{sum(telegram.limits.refused.values())}; dead letters: {end.dead}\n{bench}"
    )
    assert killer.killed.total() == load.kills
    _check(result, load)
    assert end.is_idle(len(bench.bots)), end


async def _under_kills(bench: Bench, killer: Killer, load: Load) -> None:
    reporting = asyncio.create_task(_report(bench, killer))
    try:
        async with asyncio.timeout(load.longest_s), asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.reviews(load.reviews))
            tasks.create_task(killer.run(lambda: len(bench.receipts), load.reviews))
    except TimeoutError:
        pytest.fail(f"not all were sent in {load.longest_s} s; killed: {killer.killed}; {bench}")
    finally:
        reporting.cancel()


async def _report(bench: Bench, killer: Killer) -> None:
    """Print how far a long run is."""
    while True:
        await asyncio.sleep(REPORT_S)
        print(f"{killer.killed.total()} kills; {bench}", flush=True)


def _check(result: Ledger, load: Load) -> None:
    assert result.accepted >= load.reviews
    assert not result.lost
    assert not result.stuck
    assert not result.answered_twice
    assert not result.undelivered
    assert not result.not_carded
    assert result.repeated_messages <= _repeats(result, load)


def _repeats(result: Ledger, load: Load) -> float:
    """
    Return how many messages to the group may show a review again.

    Each may be one whose sending was not recorded: its bot was killed, or the call failed after it
    was delivered. In a long run that is 2 % of all; a short one has more kills for each message.
    """
    if load.reviews >= LONG_RUN:
        return 0.02 * result.group_messages
    bot_kills = load.kills // 3
    return 1 + bot_kills + FAULTY_SHARE * result.group_messages
