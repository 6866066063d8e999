"""The consumers of a group that end, on a real Redis and on the fake one."""

import asyncio
import socket
from typing import Any

import pytest

from tests.triage.queue.clock_ahead import deliver_later
from tests.triage.queue.queues import HOUR_MS, LEASE_S, LONG_LEASE_S, job, stream_of_jobs
from triage.queue.consumers import (
    consumers_key,
    count_live_consumers,
    date_deliveries_anew,
    redis_time_s,
    register_consumer,
    remove_abandoned_consumers,
)
from triage.queue.limits import JOBS, WORKERS
from triage.queue.streams import Connections

KEY = consumers_key(JOBS, WORKERS)


async def consumers(connections: Connections) -> list[str]:
    found: list[dict[str, Any]] = await connections.commands.xinfo_consumers(JOBS, WORKERS)
    return [consumer["name"].decode() for consumer in found]


async def test_twenty_shutdowns_leave_no_consumer_behind(connections: Connections) -> None:
    await stream_of_jobs(connections).create_group()
    for _ in range(20):
        jobs = stream_of_jobs(connections)
        await jobs.publish(job())
        [delivery] = await jobs.read(1)
        assert len(await consumers(connections)) == 1
        await jobs.settle(delivery.entry_id)
        await jobs.give_back()
        assert await consumers(connections) == []


async def test_a_consumer_with_returned_jobs_remains_until_they_are_reclaimed(
    connections: Connections,
) -> None:
    jobs, other = stream_of_jobs(connections), stream_of_jobs(connections)
    await jobs.create_group()
    await jobs.publish(job())
    await jobs.read(1)
    await jobs.give_back()
    [name] = await consumers(connections)

    await remove_abandoned_consumers(connections.commands, JOBS, WORKERS, abandoned_s=0)
    assert await consumers(connections) == [name], "a job is pending for it"
    [delivery] = await other.reclaim(1)
    await remove_abandoned_consumers(connections.commands, JOBS, WORKERS, abandoned_s=0)
    assert await consumers(connections) != [name]
    assert name not in await consumers(connections)
    await other.settle(delivery.entry_id)


async def test_the_next_start_removes_consumers_killed_long_ago(
    connections: Connections, monkeypatch
) -> None:
    killed = stream_of_jobs(connections)
    await killed.create_group()
    await killed.publish(job())
    [delivery] = await killed.read(1)
    await killed.settle(delivery.entry_id)
    await remove_abandoned_consumers(connections.commands, JOBS, WORKERS)
    assert len(await consumers(connections)) == 1, "it was heard a moment ago"

    defaults = (0.0,)
    monkeypatch.setattr(remove_abandoned_consumers, "__defaults__", defaults)
    keeping = asyncio.create_task(stream_of_jobs(connections).keep_leases())
    async with asyncio.timeout(20):
        while await consumers(connections):
            await asyncio.sleep(0.01)
    keeping.cancel()


async def test_a_consumer_dated_in_the_future_is_not_counted(connections: Connections) -> None:
    redis = connections.commands
    await redis.zadd(KEY, {"ahead": await redis_time_s(redis) + 3600})
    assert await count_live_consumers(redis, KEY, 30) == 0
    await register_consumer(redis, KEY, "now", 30)
    assert await count_live_consumers(redis, KEY, 30) == 1
    assert await redis.zcard(KEY) == 1


@pytest.mark.redis
async def test_a_dead_consumers_future_dated_jobs_are_reclaimed_after_a_lease(
    real_connections: Connections,
) -> None:
    """The clock of Redis was an hour ahead when a worker was killed, and was set back since."""
    dead, other = stream_of_jobs(real_connections), stream_of_jobs(real_connections)
    await dead.create_group()
    await dead.publish(job())
    await dead.publish(job())
    assert len(await dead.read(10)) == 2
    assert await deliver_later(real_connections.commands, JOBS, HOUR_MS) == 2
    await asyncio.sleep(2 * LEASE_S)
    assert await other.reclaim(10) == [], "Redis itself would hold them back for an hour"

    keeping = asyncio.create_task(other.keep_leases())
    async with asyncio.timeout(20):
        while len(found := await other.reclaim(10)) < 2:
            await asyncio.sleep(0.02)
    keeping.cancel()
    assert [delivery.times for delivery in found] == [2, 2]


@pytest.mark.redis
async def test_a_live_consumers_future_dated_jobs_are_not_reclaimed(
    real_connections: Connections,
) -> None:
    live = stream_of_jobs(real_connections, LONG_LEASE_S)
    other = stream_of_jobs(real_connections, LONG_LEASE_S)
    await live.create_group()
    await live.publish(job())
    [delivery] = await live.read(1)
    await deliver_later(real_connections.commands, JOBS, HOUR_MS)
    await date_deliveries_anew(real_connections.commands, JOBS, WORKERS)

    [row] = await real_connections.commands.xpending_range(JOBS, WORKERS, "-", "+", 10)
    assert (row["message_id"].decode(), row["times_delivered"]) == (delivery.entry_id, 1)
    assert row["consumer"].decode().startswith(socket.gethostname())
    assert await other.reclaim(1) == []
    await live.settle(delivery.entry_id)
