import asyncio
from uuid import uuid4

import pytest
from redis import Redis

from bot.privacy import queue_erasure
from bot.privacy.queue_erasure import PendingErasures, rewrite_log
from tests.redis_server import RedisServer
from triage.queue.streams import Connections, connect

pytestmark = pytest.mark.redis


async def test_the_erasures_of_a_minute_share_one_rewrite(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_erasure, "REWRITE_EVERY_S", 1.0)
    monkeypatch.setattr(queue_erasure, "LOOK_EVERY_S", 0.02)
    connections = connect(own_redis.url)
    await asyncio.gather(*(rewrite_log(connections) for _ in range(30)))
    await connections.aclose()
    with Redis.from_url(own_redis.url) as client:
        assert 1 <= int(client.get("{triage}:rewrites") or 0) <= 2
        rewrites = int(client.info("stats").get("total_forks", 0))
    assert 1 <= rewrites <= 2


async def test_an_erasure_that_was_broken_off_knows_its_reviews(
    fake_connections: Connections,
) -> None:
    pending, ids = PendingErasures(fake_connections), {uuid4(), uuid4()}
    await pending.keep(555, ids)
    assert await pending.ids(555) == ids
    assert await pending.ids(556) == set()
    await pending.taken_out(555)
    assert await pending.ids(555) == set()
    assert await pending.rewrite_is_due()


async def test_a_rewrite_waits_a_minute_at_most_when_the_clock_of_redis_is_set_back(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_erasure, "REWRITE_EVERY_S", 0.2)
    connections = connect(own_redis.url)
    await connections.commands.set(queue_erasure._REWRITE_TURN, 1, px=3_600_000)
    async with asyncio.timeout(10):
        await rewrite_log(connections)
    await connections.aclose()
