"""Real processes and a real Redis around a simulated Telegram that enforces its limits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.server import Server, serving
from sandbox.telegram.world import World
from tests.e2e.processes import Installation
from tests.redis_server import RedisServer


@pytest.fixture
async def telegram() -> AsyncIterator[Server]:
    world = World()
    world.add_group("Moderators")
    async with serving(world, limited=True) as server:
        yield server


@pytest.fixture
async def installation(
    tmp_path: Path, telegram: Server, own_redis: RedisServer
) -> AsyncIterator[Installation]:
    folder = tmp_path / "installation"
    folder.mkdir()
    settings = {"PACE_GROUP": "true", "LEASE_S": "3", "RECONCILE_S": "2"}
    installed = Installation(folder, telegram, own_redis.url, REVIEWS_PER_MINUTE="100", **settings)
    yield installed
    telegram.faults.clear()
    await installed.stop()
