"""Kills bot, worker and Redis with SIGKILL, at moments that depend on a seed and on the load."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from tests.faults.supervisor import Supervised
from tests.redis_server import RedisServer

# Within a second after the load has reached the next mark.
LATEST_S = 1.0
DOWN_AT_MOST_S = 1.0

LOOK_EVERY_S = 0.05


class Killer:
    """Spreads `kills` evenly over a load; bots, worker and Redis get the same share."""

    def __init__(
        self,
        rng: Random,
        kills: int,
        bots: Sequence[Supervised],
        worker: Supervised,
        redis: RedisServer,
    ) -> None:
        self.killed: Counter[str] = Counter()
        self._rng = rng
        self._redis = redis
        self._processes = {"bot": bots, "worker": [worker]}
        targets = [("bot", "worker", "redis")[n % 3] for n in range(kills)]
        rng.shuffle(targets)
        self._targets = targets

    async def run(self, done: Callable[[], int], load: int) -> None:
        """Kill as `done()` grows from 0 to `load`."""
        for number, target in enumerate(self._targets, start=1):
            while done() < number * load // (len(self._targets) + 1):
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.sleep(self._rng.uniform(0, LATEST_S))
            await self._kill(target)
            self.killed[target] += 1

    async def _kill(self, target: str) -> None:
        if target == "redis":
            await asyncio.to_thread(self._redis.kill)
            await asyncio.sleep(self._rng.uniform(0, DOWN_AT_MOST_S))
            await asyncio.to_thread(self._redis.start)
        else:
            self._rng.choice(self._processes[target]).kill()
