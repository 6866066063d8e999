"""
Reviews under random kills of bot, worker and Redis and 5 % faulty calls: nothing is lost.

REVIEWS, KILLS and SEED change the run; `make soak` runs the long form.
"""

import asyncio
import os
import time
from pathlib import Path
from random import Random

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.e2e.processes import Installation
from tests.faults.killer import Killer
from tests.faults.ledger import Ledger, archived, ledger
from tests.faults.queue_state import QueueState, queue_state
from tests.faults.random_faults import random_faults
from tests.faults.reviewer import Reviewer
from tests.faults.supervisor import Supervised
from tests.redis_server import RedisServer

REVIEWS = int(os.environ.get("REVIEWS", "150"))
KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)

FAULTY_SHARE = 0.05

# People who fill in a form at the same time.
AT_ONCE = 12

# After the last receipt: two minutes of pacing in the group, restarts and leases.
SETTLE_S = 300

# One restart and a few forms for each kill, on a busy machine.
LONGEST_S = 600 + 10 * KILLS + 2 * REVIEWS

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(LONGEST_S + SETTLE_S),
    pytest.mark.xdist_group("faults"),
]


class Bench:
    """The processes, the people and what they were told."""

    def __init__(self, telegram: Server, installation: Installation, redis: RedisServer) -> None:
        self.bot = Supervised(installation, "bot")
        self.worker = Supervised(installation, "worker")
        self.receipts: list[int] = []
        self.attempts = 0
        self._telegram = telegram
        self._redis = redis

    async def start(self) -> QueueState:
        """Start both processes and return the queue when it is idle."""
        await self.bot.start()
        await self.worker.start()
        async with asyncio.timeout(120):
            await self._telegram.world.updates.polled.wait()
            while not _is_idle(state := queue_state(self._redis.url)):
                await asyncio.sleep(0.2)
        return state

    async def reviews(self, count: int) -> None:
        """Let people send `count` reviews, AT_ONCE at a time."""
        left = iter(range(count))

        async def one_after_the_other() -> None:
            for number in left:
                reviewer = Reviewer(Customer(self._telegram.world))
                self.receipts.append(await reviewer.sends(f"Отзыв {number}: курьер опоздал"))
                self.attempts += reviewer.attempts

        async with asyncio.TaskGroup() as people:
            for _ in range(AT_ONCE):
                people.create_task(one_after_the_other())

    async def settled(self, database: Path, lasting_keys: frozenset[str]) -> Ledger:
        """Return the ledger when every review has answer and card, or after SETTLE_S."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            rows, state = archived(database), queue_state(self._redis.url)
            done = all(row.is_answered and row.is_carded for row in rows)
            if done and _is_idle(state) and state.lasting_keys <= lasting_keys:
                break
            await asyncio.sleep(0.5)
        return ledger(self._telegram.world, archived(database), self.receipts)

    async def stop_watching(self) -> None:
        """Let the processes end when the test ends."""
        await self.bot.stop_watching()
        await self.worker.stop_watching()


def _is_idle(state: QueueState) -> bool:
    return (state.jobs, state.outcomes, state.workers, state.bots) == (0, 0, 1, 1)


async def test_no_review_is_lost_stuck_or_answered_twice_under_random_kills(
    telegram: Server, installation: Installation, own_redis: RedisServer, tmp_path: Path
) -> None:
    print(f"\nSEED={SEED} REVIEWS={REVIEWS} KILLS={KILLS}")
    rng, bench = Random(SEED), Bench(telegram, installation, own_redis)
    killer = Killer(rng, KILLS, bench.bot, bench.worker, own_redis)
    start = await bench.start()
    began_s = time.monotonic()
    telegram.faults.draw = random_faults(rng, FAULTY_SHARE)
    try:
        async with asyncio.timeout(LONGEST_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.reviews(REVIEWS))
            tasks.create_task(killer.run(lambda: len(bench.receipts), REVIEWS))
        sent_s = time.monotonic() - began_s
        database = tmp_path / "installation" / "triage.db"
        result = await bench.settled(database, start.lasting_keys)
    finally:
        await bench.stop_watching()
    end = queue_state(own_redis.url)
    print(
        f"{result}\nkilled: {dict(killer.killed)}; starts: bot {bench.bot.starts}, worker "
        f"{bench.worker.starts}; forms begun: {bench.attempts}; all sent after {sent_s:.0f} s, "
        f"settled after {time.monotonic() - began_s:.0f} s; 429: "
        f"{sum(telegram.limits.refused.values())}; dead letters: {end.dead}"
    )
    assert killer.killed.total() == KILLS
    _check(result)
    assert _is_idle(end)
    assert end.lasting_keys <= start.lasting_keys


def _check(result: Ledger) -> None:
    assert result.accepted >= REVIEWS
    assert not result.lost
    assert not result.stuck
    assert not result.answered_twice
    assert not result.undelivered
    assert not result.not_carded
    # One digest shows up to 20 reviews again when the answer to its sending is lost.
    assert result.repeated_messages <= 1 + result.group_messages * 0.02
