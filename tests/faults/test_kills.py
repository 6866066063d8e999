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
from triage.queue.served_models import SERVED

REVIEWS = int(os.environ.get("REVIEWS", "150"))
KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)

FAULTY_SHARE = 0.05

# People who fill in a form at the same time.
AT_ONCE = 12

# Two processes that import everything, on a busy machine.
START_S = 300

# After the last receipt: two minutes of pacing in the group, restarts and leases.
SETTLE_S = 300

# One restart and a few forms for each kill, on a busy machine.
LONGEST_S = 600 + 10 * KILLS + 2 * REVIEWS

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(START_S + LONGEST_S + SETTLE_S + 60),
    pytest.mark.xdist_group("processes"),
]


class Bench:
    """The processes, the people and what they were told."""

    def __init__(self, telegram: Server, installation: Installation, redis: RedisServer) -> None:
        self.bot = Supervised(installation, "bot")
        self.worker = Supervised(installation, "worker")
        self.receipts: list[int] = []
        self.attempts = 0
        self._at_work: set[Reviewer] = set()
        self._telegram = telegram
        self._redis = redis

    async def start(self) -> QueueState:
        """Start both processes and return the queue when it is idle."""
        await self.bot.start()
        await self.worker.start()
        state = queue_state(self._redis.url)
        try:
            async with asyncio.timeout(START_S):
                await self._telegram.world.updates.polled.wait()
                # The worker records its model last.
                while not state.is_idle or SERVED not in state.lasting_keys:
                    await asyncio.sleep(0.2)
                    state = queue_state(self._redis.url)
        except TimeoutError:
            pytest.fail(f"bot and worker did not start in {START_S} s: {state}; {self}")
        return state

    def __str__(self) -> str:
        """Say who waits for what, and how often the processes were started."""
        waiting = "; ".join(map(str, self._at_work)) or "nobody"
        return (
            f"{len(self.receipts)} reviews sent; starts: bot {self.bot.starts}, worker "
            f"{self.worker.starts}; waiting: {waiting}"
        )

    async def reviews(self, count: int) -> None:
        """Let people send `count` reviews, AT_ONCE at a time."""
        left = iter(range(count))

        async def one_after_the_other() -> None:
            for number in left:
                reviewer = Reviewer(Customer(self._telegram.world))
                self._at_work.add(reviewer)
                self.receipts.append(await reviewer.sends(f"Отзыв {number}: курьер опоздал"))
                self._at_work.remove(reviewer)
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
            if done and state.is_idle and state.lasting_keys <= lasting_keys:
                break
            await asyncio.sleep(0.5)
        return ledger(self._telegram.world, archived(database), self.receipts)

    async def stop_watching(self) -> None:
        """Let the processes end when the test ends."""
        await self.bot.stop_watching()
        await self.worker.stop_watching()


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
        await _under_kills(bench, killer)
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
    assert end.is_idle, end
    assert end.lasting_keys <= start.lasting_keys


async def _under_kills(bench: Bench, killer: Killer) -> None:
    """Let people send all reviews while processes are killed."""
    try:
        async with asyncio.timeout(LONGEST_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.reviews(REVIEWS))
            tasks.create_task(killer.run(lambda: len(bench.receipts), REVIEWS))
    except TimeoutError:
        pytest.fail(f"not all reviews were sent in {LONGEST_S} s; {killer.killed}; {bench}")


def _check(result: Ledger) -> None:
    assert result.accepted >= REVIEWS
    assert not result.lost
    assert not result.stuck
    assert not result.answered_twice
    assert not result.undelivered
    assert not result.not_carded
    # One digest shows up to 20 reviews again when the answer to its sending is lost.
    assert result.repeated_messages <= 1 + result.group_messages * 0.02
