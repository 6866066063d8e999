"""An installation under load: its processes, the people, and what they were told."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.e2e.processes import Installation
from tests.faults.ledger import Ledger, archived, ledger
from tests.faults.queue_state import QueueState, queue_state
from tests.faults.reviewer import Reviewer
from tests.faults.supervisor import Supervised
from tests.redis_server import RedisServer

# People who fill in a form at the same time.
AT_ONCE = 12

# Processes that import everything, on a busy machine.
START_S = 300

# Without progress after the last receipt: two minutes of pacing, restarts and leases.
SETTLE_S = 300

# Whether the bots take updates.
Serving = Callable[[], Awaitable[bool]]


class Bench:
    """Bots, a worker and a Redis that may be killed, and AT_ONCE people who write reviews."""

    def __init__(
        self,
        telegram: Server,
        installation: Installation,
        redis: RedisServer,
        bots: Sequence[Supervised],
    ) -> None:
        self.bots = bots
        self.worker = Supervised(installation, "worker")
        self.redis = redis
        self.receipts: list[int] = []
        self.attempts = 0
        self._telegram = telegram
        self._database_url = installation.database_url
        self._at_work: set[Reviewer] = set()

    def __str__(self) -> str:
        """Say who waits for what, and how often the processes were started."""
        processes = ", ".join(str(process) for process in (*self.bots, self.worker))
        waiting = "; ".join(str(reviewer) for reviewer in self._at_work) or "nobody"
        return f"{len(self.receipts)} reviews sent; {processes}; waiting: {waiting}"

    async def start(self, serving: Serving) -> None:
        """Start all processes and return when they serve."""
        for process in (*self.bots, self.worker):
            await process.start()
        try:
            async with asyncio.timeout(START_S):
                while not (await serving() and self._queue().is_idle(len(self.bots))):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pytest.fail(f"the processes did not start in {START_S} s: {self._queue()}; {self}")

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

    async def settled(self) -> tuple[Ledger, QueueState]:
        """Return ledger and queue when all is answered and shown, or SETTLE_S without progress."""
        least, deadline = math.inf, 0.0
        while True:
            rows, state = await archived(self._database_url), self._queue()
            left = sum((not row.is_answered) + (not row.is_carded) for row in rows)
            if left < least:  # a slow machine works off its queue
                least, deadline = left, time.monotonic() + SETTLE_S
            if (not left and state.is_idle(len(self.bots))) or time.monotonic() > deadline:
                return ledger(self._telegram.world, rows, self.receipts), state
            await asyncio.sleep(0.5)

    def _queue(self) -> QueueState:
        return queue_state(self.redis.url)

    async def stop_watching(self) -> None:
        """Let the processes end when the test ends."""
        for process in (*self.bots, self.worker):
            await process.stop_watching()
