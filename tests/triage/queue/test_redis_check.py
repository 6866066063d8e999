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
async def test_the_server_of_the_tests_is_fit(real_connections: Connections) -> None:
    await check_redis_server(real_connections.commands)


async def test_a_server_that_tells_nothing_of_itself_is_let_pass(
    fake_connections: Connections,
) -> None:
    await check_redis_server(fake_connections.commands)


async def test_a_server_that_is_down_is_said_in_this_package_s_error() -> None:
    connections = connect("redis://127.0.0.1:1")
    with pytest.raises(QueueUnavailable, match="ConnectionError"):
        await check_redis_server(connections.commands)
    await connections.aclose()


@pytest.mark.parametrize("version", ["6.0.16", "5.0.14", "6.1"])
def test_an_old_server_is_refused_with_both_versions(version: str) -> None:
    with pytest.raises(BadRedis, match=rf"{version}.*6\.2"):
        check_version(version)


@pytest.mark.parametrize("version", ["6.2.0", "7.0.15", "8.10.1", "255.255.255", "unstable", ""])
def test_a_new_server_and_an_unknown_one_are_let_pass(version: str) -> None:
    check_version(version)


def test_a_server_that_would_drop_the_jobs_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadRedis, match="allkeys-lru; set it to noeviction"):
        check_eviction({"maxmemory": 100, "maxmemory_policy": "allkeys-lru"})


def test_a_server_that_would_drop_forms_alone_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    check_eviction({"maxmemory": 100, "maxmemory_policy": "volatile-ttl"})
    assert "set it to noeviction" in caplog.text


@pytest.mark.parametrize(("limit", "policy"), [(0, "allkeys-lru"), (100, "noeviction")])
def test_a_server_that_drops_nothing_is_fit(
    limit: int, policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    check_eviction({"maxmemory": limit, "maxmemory_policy": policy})
    assert not caplog.records


async def test_a_server_that_comes_late_is_waited_for(own_redis: RedisServer) -> None:
    own_redis.kill()
    connections = connect(own_redis.url)
    waiting = asyncio.create_task(wait_for_redis(connections.commands))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    await asyncio.to_thread(own_redis.start)
    await asyncio.wait_for(waiting, 10)
    await connections.aclose()


async def test_a_server_that_does_not_come_is_said_with_the_remedy() -> None:
    connections = connect("redis://127.0.0.1:1")
    with pytest.raises(QueueUnavailable, match="start Redis, or correct REDIS_URL"):
        await wait_for_redis(connections.commands, timeout_s=0)
    await connections.aclose()


@pytest.mark.parametrize("password", [None, "wrong"])
async def test_a_server_that_lets_nobody_in_is_said_at_once(
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
