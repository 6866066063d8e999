"""/healthz of the bot: what it answers while something that it needs refuses a write."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.archive.groups import Groups, TopicRefusal
from bot.archive.inspection import check_open_archive
from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from bot.monitoring import Monitoring
from bot.telegram.http_server import listening
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.refused_writes import REDIS_REFUSALS, full_disk
from triage.queue.streams import Connections, connect

GROUP, TOPIC = -1001, 7
WELL = (200, {"status": "ok"})


async def health(engine: AsyncEngine, connections: Connections) -> tuple[int, dict[str, str]]:
    """Return what a bot with this archive and this Redis answers."""
    place = ModeratorsGroup(Groups(engine), None).place
    monitoring = Monitoring(
        BotMetrics(), connections, lambda: check_open_archive(engine), place, lease_s=1
    )
    port = free_port()
    async with (
        listening(monitoring.routes(), "127.0.0.1", port),
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        return answer.status, json.loads(await answer.text())


@pytest.fixture
async def own_connections(own_redis: RedisServer) -> AsyncIterator[Connections]:
    connections = connect(own_redis.url)
    yield connections
    await connections.aclose()


@pytest.mark.redis
@pytest.mark.parametrize("refusal", REDIS_REFUSALS)
async def test_healthz_gives_503_with_the_remedy_if_redis_refuses_writes(
    sqlite_engine: AsyncEngine, own_redis: RedisServer, own_connections: Connections, refusal: str
) -> None:
    spoil, remedy = REDIS_REFUSALS[refusal]
    with Redis.from_url(own_redis.url) as client:
        spoil(own_redis, client)
    status, told = await health(sqlite_engine, own_connections)
    assert status == 503
    assert remedy in told["reason"]


async def test_healthz_gives_503_with_the_remedy_if_the_disk_is_full(
    sqlite_engine: AsyncEngine, fake_connections: Connections
) -> None:
    assert await health(sqlite_engine, fake_connections) == WELL
    with full_disk():
        status, told = await health(sqlite_engine, fake_connections)
    assert status == 503
    assert "free space there" in told["reason"]
    assert await health(sqlite_engine, fake_connections) == WELL


async def test_healthz_gives_503_with_the_remedy_if_the_archive_is_read_only(
    sqlite_engine: AsyncEngine, tmp_path: Path, fake_connections: Connections
) -> None:
    path = tmp_path / "data" / "archive.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true")
    status, told = await health(engine, fake_connections)
    await engine.dispose()
    assert status == 503
    assert "write there" in told["reason"]


@pytest.mark.parametrize("refusal", TopicRefusal)
async def test_healthz_gives_a_warning_with_the_remedy_if_the_topic_refuses_cards(
    sqlite_engine: AsyncEngine, fake_connections: Connections, refusal: TopicRefusal
) -> None:
    groups = Groups(sqlite_engine)
    await groups.connect(GROUP, 1, TOPIC)
    assert await health(sqlite_engine, fake_connections) == WELL
    await groups.refuse_topic(GROUP, TOPIC, refusal)
    status, told = await health(sqlite_engine, fake_connections)
    assert status == 200, "a restart would not open it"
    assert f"its topic is {refusal}" in told["warning"]
    assert "send /connect in the topic" in told["warning"]
