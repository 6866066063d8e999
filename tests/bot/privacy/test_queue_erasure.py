import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.exceptions import NoPermissionError

from bot.privacy import queue_erasure
from bot.privacy.queue_erasure import erase, rewrite_log
from tests.bot.samples import SEAL
from tests.redis_server import RedisServer
from triage.queue.streams import Connections, connect

pytestmark = pytest.mark.redis


@pytest.fixture
async def connections(own_redis: RedisServer) -> AsyncIterator[Connections]:
    connections = connect(own_redis.url)
    yield connections
    await connections.aclose()


async def forks(connections: Connections) -> int:
    stats: Any = await connections.commands.info("stats")
    return int(stats["total_forks"])


async def test_the_redis_log_is_rewritten_at_most_once_a_minute(connections: Connections) -> None:
    begun = await asyncio.gather(*(rewrite_log(connections) for _ in range(30)))
    assert sum(begun) == 1
    assert not await rewrite_log(connections)
    assert await forks(connections) == 1


async def test_a_rewrite_waits_at_most_a_minute_if_the_redis_clock_is_set_back(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_erasure, "REWRITE_EVERY_S", 0.2)
    await connections.commands.set(queue_erasure._REWRITE_TURN, 1, px=3_600_000)
    async with asyncio.timeout(10):
        while not await rewrite_log(connections):
            await asyncio.sleep(0.01)


async def test_an_erasure_completes_if_redis_does_not_allow_a_log_rewrite(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse() -> None:
        raise NoPermissionError("this user has no permissions to run bgrewriteaof")

    monkeypatch.setattr(connections.commands, "bgrewriteaof", refuse)
    assert await rewrite_log(connections)
    assert "Redis refuses to rewrite its log" in caplog.text


async def test_without_reviews_no_stream_is_read(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: Any, **__: Any) -> list[Any]:
        raise AssertionError("a stream is read")

    monkeypatch.setattr(connections.commands, "xrange", read)
    assert await erase(connections, SEAL, set()) == 0
