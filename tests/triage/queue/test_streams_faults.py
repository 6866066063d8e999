"""What Redis may do to the streams: stop, die, freeze, run out of memory, refuse."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from tests.redis_server import RedisServer
from tests.triage.queue.queues import (
    LONG_LEASE_S,
    failed,
    job,
    pending,
    reclaimed,
    run_out,
    stream_of_jobs,
    stream_of_outcomes,
)
from triage.errors import QueueUnavailable
from triage.queue.limits import JOBS
from triage.queue.streams import COMMAND_TIMEOUT_S, Connections, connect

pytestmark = pytest.mark.redis


@pytest.fixture
async def connections(own_redis: RedisServer) -> AsyncIterator[Connections]:
    connections = connect(own_redis.url)
    yield connections
    await connections.aclose()


def impatient(url: str) -> Connections:
    """Return clients that give up early, so that a test need not freeze Redis for long."""

    def client() -> Redis:
        return Redis.from_url(url, socket_timeout=1.5, retry=Retry(NoBackoff(), 0))

    return Connections(client(), client())


@pytest.mark.parametrize("end", [RedisServer.stop, RedisServer.kill], ids=["SIGTERM", "SIGKILL"])
async def test_a_redis_restart_neither_loses_nor_repeats_jobs(
    own_redis: RedisServer, connections: Connections, end
) -> None:
    jobs, outcomes = stream_of_jobs(connections), stream_of_outcomes(connections)
    await jobs.create_group()
    sent = [(await jobs.publish(job())).entry_id for _ in range(20)]
    in_hand = await jobs.read(10)
    for delivery in in_hand[:5]:
        result = outcomes.entry(failed(delivery.message.review_id))
        await jobs.settle(delivery.entry_id, result)

    end(own_redis)
    await asyncio.to_thread(own_redis.start)

    other = stream_of_jobs(connections, LONG_LEASE_S)
    assert [delivery.entry_id for delivery in await other.read(20)] == sent[10:]
    await run_out(connections.commands)
    third = stream_of_jobs(connections, LONG_LEASE_S)
    assert [again.entry_id for again in await third.reclaim(5)] == sent[5:10]
    assert await outcomes.length() == 5
    for delivery in in_hand[5:]:
        await jobs.settle(delivery.entry_id)
    assert await jobs.length() == 10


async def test_redis_being_down_is_reported_immediately(
    own_redis: RedisServer, connections: Connections
) -> None:
    jobs = stream_of_jobs(connections)
    await jobs.publish(job())
    own_redis.kill()
    started = time.monotonic()
    for call in (
        jobs.publish(job()),
        jobs.read(1),
        jobs.reclaim(1),
        jobs.settle("1-0"),
        jobs.length(),
        jobs.contains("1-0"),
        jobs.create_group(),
    ):
        with pytest.raises(QueueUnavailable, match=r"^Redis: "):
            await call
    assert time.monotonic() - started < 7 * COMMAND_TIMEOUT_S / 2, "nothing was waited for"


async def test_publishing_to_a_frozen_redis_times_out_and_adds_the_job_at_most_once(
    own_redis: RedisServer, connections: Connections
) -> None:
    jobs = stream_of_jobs(connections)
    await jobs.publish(job())
    own_redis.freeze()
    started = time.monotonic()
    with pytest.raises(QueueUnavailable, match="Timeout"):
        await jobs.publish(job())
    assert time.monotonic() - started < 2 * COMMAND_TIMEOUT_S, "it was not tried twice"
    own_redis.thaw()
    await asyncio.sleep(0.2)
    assert await jobs.length() <= 2


async def test_a_job_delivered_to_a_disconnected_reader_is_reclaimed(
    own_redis: RedisServer, connections: Connections
) -> None:
    hasty = impatient(own_redis.url)
    jobs = stream_of_jobs(hasty)
    await jobs.create_group()
    assert await jobs.read(1, block_ms=0) == []
    await stream_of_jobs(connections).publish(job())
    own_redis.freeze()
    with pytest.raises(QueueUnavailable, match="Timeout"):
        await jobs.read(1)
    own_redis.thaw()
    async with asyncio.timeout(20):
        while not await pending(connections.commands):  # Redis reads on after the client has gone
            await asyncio.sleep(0.02)
    assert jobs.held == 0
    await run_out(connections.commands)
    delivery = await reclaimed(stream_of_jobs(connections, LONG_LEASE_S))
    await jobs.settle(delivery.entry_id)
    assert await pending(connections.commands) == 0
    await hasty.aclose()


async def test_a_reader_loses_no_job_when_its_connection_breaks(
    connections: Connections,
) -> None:
    jobs = stream_of_jobs(connections)
    await jobs.create_group()
    reading = asyncio.create_task(jobs.read(1, block_ms=5000))
    while not any("b" in c["flags"] for c in await connections.commands.client_list()):
        await asyncio.sleep(0.02)  # until it is blocked
    await connections.commands.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(QueueUnavailable, match="Connection"):
        await reading
    await jobs.publish(job())
    assert len(await jobs.read(1)) == 1


async def test_a_command_can_be_cancelled_at_any_step(
    connections: Connections,
) -> None:
    jobs = stream_of_jobs(connections)
    await jobs.length()
    for steps in range(25):
        asking = asyncio.create_task(jobs.length())
        for _ in range(steps):
            await asyncio.sleep(0)
        if not asking.cancel():
            assert await asking == 0
            break
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert steps > 3, "the answer came too soon for the test to prove anything"


async def test_a_full_redis_rejects_the_result_and_retains_the_job(
    connections: Connections,
) -> None:
    jobs, outcomes = stream_of_jobs(connections), stream_of_outcomes(connections)
    await jobs.create_group()
    await jobs.publish(job())
    (delivery,) = await jobs.read(1)
    result = outcomes.entry(failed(delivery.message.review_id))
    await connections.commands.config_set("maxmemory", 1)

    with pytest.raises(QueueUnavailable):
        await jobs.settle(delivery.entry_id, result)
    with pytest.raises(QueueUnavailable, match="OutOfMemory"):
        await jobs.publish(job())

    await connections.commands.config_set("maxmemory", 0)
    assert (await jobs.length(), await outcomes.length(), jobs.held) == (1, 0, 1)
    await jobs.settle(delivery.entry_id, result)
    assert (await jobs.length(), await outcomes.length(), jobs.held) == (0, 1, 0)


async def test_a_failed_dead_letter_write_does_not_block_other_entries(
    connections: Connections,
) -> None:
    """Redis may still hand out what is there while it can store nothing more."""
    jobs = stream_of_jobs(connections)
    await jobs.create_group()
    await jobs.publish(job())
    await connections.commands.xadd(JOBS, {"sealed": b"?"})
    await connections.commands.config_set("maxmemory", 1)
    deliveries = await jobs.read(10)
    await connections.commands.config_set("maxmemory", 0)
    assert len(deliveries) == jobs.held == 1
    assert await jobs.length() == 2, "it comes again when its lease has run out"


async def test_errors_of_redis_are_raised_as_queue_unavailable(
    connections: Connections,
) -> None:
    jobs = stream_of_jobs(connections)
    await connections.commands.set(JOBS, "not a stream")
    for call in (jobs.publish(job()), jobs.read(1), jobs.reclaim(1), jobs.length()):
        with pytest.raises(QueueUnavailable, match="WRONGTYPE"):
            await call
