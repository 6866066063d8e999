import asyncio
import logging

import pytest
from redis import Redis

from tests.redis_server import RedisServer
from triage.errors import BadRedis, QueueUnavailable
from triage.queue.redis_check import (
    check_eviction,
    check_redis_server,
    check_version,
    wait_for_redis,
)
from triage.queue.streams import Connections, connect


@pytest.mark.redis
async def test_the_test_server_passes_the_redis_check(real_connections: Connections) -> None:
    await check_redis_server(real_connections.commands)


async def test_a_server_without_version_information_is_accepted(
    fake_connections: Connections,
) -> None:
    await check_redis_server(fake_connections.commands)


async def test_a_server_that_is_down_raises_queue_unavailable() -> None:
    connections = connect("redis://127.0.0.1:1")
    with pytest.raises(QueueUnavailable, match="ConnectionError"):
        await check_redis_server(connections.commands)
    await connections.aclose()


@pytest.mark.parametrize("version", ["6.0.16", "5.0.14", "6.1"])
def test_an_old_server_is_refused_with_both_versions(version: str) -> None:
    with pytest.raises(BadRedis, match=rf"{version}.*6\.2"):
        check_version(version)


@pytest.mark.parametrize("version", ["6.2.0", "7.0.15", "8.10.1", "255.255.255", "unstable", ""])
def test_new_and_unknown_server_versions_are_accepted(version: str) -> None:
    check_version(version)


def test_a_server_that_may_evict_jobs_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadRedis, match="allkeys-lru; set it to noeviction"):
        check_eviction({"maxmemory": 100, "maxmemory_policy": "allkeys-lru"})


def test_a_server_that_may_evict_only_forms_gives_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    check_eviction({"maxmemory": 100, "maxmemory_policy": "volatile-ttl"})
    assert "set it to noeviction" in caplog.text


@pytest.mark.parametrize(("limit", "policy"), [(0, "allkeys-lru"), (100, "noeviction")])
def test_a_server_without_eviction_is_accepted(
    limit: int, policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    check_eviction({"maxmemory": limit, "maxmemory_policy": policy})
    assert not caplog.records


async def test_startup_waits_for_a_server_that_starts_late(own_redis: RedisServer) -> None:
    own_redis.kill()
    connections = connect(own_redis.url)
    waiting = asyncio.create_task(wait_for_redis(connections.commands))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    await asyncio.to_thread(own_redis.start)
    await asyncio.wait_for(waiting, 10)
    await connections.aclose()


async def test_the_error_after_waiting_for_redis_has_the_remedy() -> None:
    connections = connect("redis://127.0.0.1:1")
    with pytest.raises(QueueUnavailable, match="start Redis, or correct REDIS_URL"):
        await wait_for_redis(connections.commands, timeout_s=0)
    await connections.aclose()


@pytest.mark.parametrize("password", [None, "wrong"])
async def test_a_wrong_redis_password_is_reported_without_waiting(
    own_redis: RedisServer, password: str | None
) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", "right")
    connections, admitted = (connect(own_redis.url, word) for word in (password, "right"))
    with pytest.raises(BadRedis, match="correct REDIS_PASSWORD"):
        await wait_for_redis(connections.commands)
    await wait_for_redis(admitted.commands)
    await connections.aclose()
    await admitted.aclose()
