"""Real processes and a real Redis around a simulated Telegram that enforces its limits."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.server import Server, serving
from sandbox.telegram.world import World
from tests.balancer import Balancer
from tests.e2e.processes import Installation
from tests.ports import free_port
from tests.redis_server import RedisServer

REPLICAS = 2

SETTINGS = {
    "PACE_GROUP": "true",
    "LEASE_S": "3",
    "RECONCILE_S": "2",
    "REVIEWS_PER_MINUTE": "100",
    "REVIEWS_PER_DAY": "100000",
}


class Replicated(NamedTuple):
    """Bots behind a webhook, with a PostgreSQL; each needs one of the balancer's ports."""

    installation: Installation
    balancer: Balancer


@pytest.fixture
async def telegram() -> AsyncIterator[Server]:
    world = World()
    world.add_group("Moderators")
    async with serving(world, limited=True) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "installation"
    folder.mkdir()
    return folder


@pytest.fixture
async def installation(
    folder: Path, telegram: Server, own_redis: RedisServer
) -> AsyncIterator[Installation]:
    installed = Installation(folder, telegram, own_redis.url, **SETTINGS)
    yield installed
    telegram.faults.clear()
    await installed.stop()


@pytest.fixture
async def replicated(
    folder: Path, telegram: Server, own_redis: RedisServer, postgres_url: str
) -> AsyncIterator[Replicated]:
    balancer = Balancer([free_port() for _ in range(REPLICAS)])
    async with balancer.listening():
        settings = SETTINGS | {
            "WEBHOOK_URL": balancer.url,
            "WEBHOOK_SECRET": "a-secret",
            "DATABASE_URL": postgres_url,
        }
        installed = Installation(folder, telegram, own_redis.url, **settings)
        yield Replicated(installed, balancer)
        telegram.faults.clear()
        await installed.stop()
