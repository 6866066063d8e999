"""Everything real but Telegram: processes, Redis on its own files, the model that ships."""

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
    async with serving(world) as server:
        yield server


@pytest.fixture
async def installation(
    tmp_path: Path, telegram: Server, own_redis: RedisServer
) -> AsyncIterator[Installation]:
    folder = tmp_path / "installation"
    folder.mkdir()
    installed = Installation(folder, telegram, own_redis.url)
    yield installed
    await installed.stop()
