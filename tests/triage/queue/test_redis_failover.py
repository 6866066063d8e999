"""Connections after a failover: real servers, one address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis import Redis
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from tests.redis_server import RedisServer
from tests.switch import Switch
from tests.triage.queue.queues import job, stream_of_jobs
from triage.errors import QueueUnavailable
from triage.queue.redis_check import check_writes
from triage.queue.redis_failover import cannot_serve
from triage.queue.streams import Connections, connect

pytestmark = pytest.mark.redis

NO_SERVER = ("127.0.0.1", 1)


@pytest.fixture
async def connections(switch: Switch) -> AsyncIterator[Connections]:
    connections = connect(switch.url)
    yield connections
    await connections.aclose()


async def test_after_one_refused_write_all_connections_use_the_new_primary(
    own_redis: RedisServer, other_redis: RedisServer, switch: Switch, connections: Connections
) -> None:
    jobs = stream_of_jobs(connections)
    await jobs.create_group()
    await asyncio.gather(*(jobs.length() for _ in range(10)), jobs.read(1, 100))
    switch.target = other_redis.port
    with Redis.from_url(own_redis.url) as old:
        old.replicaof("127.0.0.1", other_redis.port)

    with pytest.raises(QueueUnavailable, match="point REDIS_URL to the primary"):
        await jobs.publish(job())

    await asyncio.gather(*(jobs.publish(job()) for _ in range(10)))
    assert await jobs.read(1, 100) == []  # the group is created there
    assert len(await jobs.read(20)) == 10


def become_replica(client: Redis) -> None:
    client.replicaof(*NO_SERVER)


def lose_the_primary(client: Redis) -> None:
    client.config_set("replica-serve-stale-data", "no")
    client.replicaof(*NO_SERVER)


def lose_the_replicas(client: Redis) -> None:
    client.config_set("min-replicas-to-write", 1)


async def read(connections: Connections) -> object:
    return await stream_of_jobs(connections).length()


async def write(connections: Connections) -> object:
    return await check_writes(connections.commands)


@pytest.mark.parametrize(
    ("spoil", "ask", "remedy"),
    [
        (become_replica, write, "point REDIS_URL to the primary"),
        (lose_the_primary, read, "its primary is unreachable"),
        (lose_the_replicas, write, "too few replicas"),
    ],
)
async def test_a_server_that_cannot_serve_is_reported_and_its_connection_closed(
    own_redis: RedisServer,
    switch: Switch,
    connections: Connections,
    spoil: Callable[[Redis], None],
    ask: Callable[[Connections], Awaitable[object]],
    remedy: str,
) -> None:
    await ask(connections)
    assert switch.accepted == 1
    with Redis.from_url(own_redis.url) as client:
        spoil(client)
        for refused in (1, 2):
            with pytest.raises(QueueUnavailable, match=remedy):
                await ask(connections)
            assert switch.accepted == refused
        client.replicaof("NO", "ONE")
        client.config_set("min-replicas-to-write", 0)
    await ask(connections)
    assert switch.accepted == 3


@pytest.mark.parametrize(
    ("error", "is_failover"),
    [
        (ReadOnlyError("You can't write against a read only replica."), True),
        (BusyLoadingError("Redis is loading the dataset in memory"), True),
        (MasterDownError("Link with MASTER is down"), True),
        (ClusterDownError("The cluster is down"), True),
        (ResponseError("NOREPLICAS Not enough good replicas to write."), True),
        (ResponseError("NOGROUP No such key"), False),
        (ResponseError("OOM command not allowed"), False),
    ],
)
def test_only_failover_errors_close_the_connection(error: RedisError, is_failover: bool) -> None:
    assert cannot_serve(error) is is_failover
