"""
Bot and worker keep nothing of the reviews that they have handled.

MEMORY_REVIEWS is the number of reviews; `make soak` runs the long form.
"""

import os

import pytest

from sandbox.server import Server
from tests.e2e.processes import Installation
from tests.faults.bench import SETTLE_S, START_S, Bench
from tests.faults.memory import largest_child_mib, own_mib
from tests.faults.supervisor import Supervised
from tests.redis_server import RedisServer

REVIEWS = int(os.environ.get("MEMORY_REVIEWS", "60"))

# Libraries allocate their caches with the first reviews.
WARM_UP = max(30, REVIEWS // 10)

# In 5,000 reviews at most 5 %. A short run shows only what grows with each review by far too much.
# A drawing process goes up and down by some MiB: matplotlib's figures are freed by the garbage
# collector, some hundred at a time.
ROUGH = 1.25
GROWTH = 1.05 if REVIEWS >= 1000 else ROUGH
BOUNDS = {"bot": GROWTH, "worker": GROWTH, "drawing process": ROUGH}

LONGEST_S = 300 + 3 * (WARM_UP + REVIEWS)

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(LONGEST_S + START_S + 2 * SETTLE_S),
    pytest.mark.xdist_group("processes"),
]


async def test_memory_of_bot_and_worker_does_not_grow_with_handled_reviews(
    telegram: Server, installation: Installation, own_redis: RedisServer
) -> None:
    telegram.limits.enforced = False  # more reviews in the same time
    # A forked process begins with what its server has read, which hides a growth.
    installation.by_interpreter = True
    bot = Supervised(installation, "bot", PACE_GROUP="false")
    bench = Bench(telegram, installation, own_redis, [bot])

    async def polls() -> bool:
        return telegram.world.updates.polled.is_set()

    await bench.start(polls)
    try:
        await bench.reviews(WARM_UP)
        await bench.settled()
        before = _memory(bench)
        await bench.reviews(REVIEWS)
        result, end = await bench.settled()
        after = _memory(bench)
    finally:
        await bench.stop_watching()
    grown = {name: after[name] / before[name] - 1 for name in before}
    print(
        f"\n{REVIEWS} reviews after {WARM_UP}: {result}; "
        + "; ".join(
            f"RSS of the {name} {before[name]:.0f} -> {after[name]:.0f} MiB ({grown[name]:+.1%})"
            for name in before
        )
    )
    assert not result.stuck, bench
    assert all(after[name] <= before[name] * bound for name, bound in BOUNDS.items()), grown
    assert end.is_idle(1), end


def _memory(bench: Bench) -> dict[str, float]:
    # The bot's own drawing processes start when one is needed: their number is no growth.
    return {
        "bot": own_mib(bench.bots[0].pid),
        "worker": own_mib(bench.worker.pid),
        "drawing process": largest_child_mib(bench.worker.pid),
    }
