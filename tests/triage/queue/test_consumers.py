"""The consumers of a group that end, on a real Redis and on the fake one."""

import asyncio
from typing import Any

from tests.triage.queue.queues import job, stream_of_jobs
from triage.queue.consumers import (
    consumers_key,
    count_live_consumers,
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


async def test_twenty_stops_leave_no_consumer_behind(connections: Connections) -> None:
    await stream_of_jobs(connections).create_group()
    for _ in range(20):
        jobs = stream_of_jobs(connections)
        await jobs.publish(job())
        [delivery] = await jobs.read(1)
        assert len(await consumers(connections)) == 1
        await jobs.settle(delivery.entry_id)
        await jobs.give_back()
        assert await consumers(connections) == []


async def test_a_consumer_that_gives_jobs_back_stays_until_they_are_taken(
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


async def test_the_next_start_removes_what_was_killed_long_ago(
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


async def test_a_consumer_of_a_later_time_counts_for_nothing(connections: Connections) -> None:
    redis = connections.commands
    await redis.zadd(KEY, {"ahead": await redis_time_s(redis) + 3600})
    assert await count_live_consumers(redis, KEY, 30) == 0
    await register_consumer(redis, KEY, "now", 30)
    assert await count_live_consumers(redis, KEY, 30) == 1
    assert await redis.zcard(KEY) == 1
