"""What waits in Redis, each test on a real one and on the fake one."""

import asyncio
from collections.abc import Awaitable

from tests.bot.eventually import eventually
from tests.triage.queue.queues import LEASE_S, failed, job, stream_of_jobs, stream_of_outcomes
from tests.worker.samples import RuleModel, draw
from triage.queue.backlog import StreamBacklog, read_backlog
from triage.queue.limits import JOBS
from triage.queue.streams import Connections
from worker.loop import Worker
from worker.shutdown import run_until_cancelled


async def test_the_backlog_of_an_empty_redis_is_empty(connections: Connections) -> None:
    backlog = await read_backlog(connections.commands)
    assert [w.entries for w in (backlog.jobs, backlog.outcomes, backlog.dead)] == [0, 0, 0]
    assert (backlog.jobs.oldest_s, backlog.workers, backlog.bots) == (0.0, 0, 0)
    assert backlog.jobs == StreamBacklog(), "and nothing was ever added"


async def test_the_backlog_counts_entries_and_the_age_of_the_oldest(
    connections: Connections,
) -> None:
    jobs, outcomes = stream_of_jobs(connections), stream_of_outcomes(connections)
    await jobs.publish(job())
    await asyncio.sleep(0.2)
    await jobs.publish(job())
    await outcomes.publish(failed(job().review_id), b"chart")
    await jobs.settle((await jobs.publish(job())).entry_id, jobs.dead_letter("1-0", b"", "why"))

    backlog = await read_backlog(connections.commands)
    assert (backlog.jobs.entries, backlog.outcomes.entries, backlog.dead.entries) == (2, 1, 1)
    assert 0.15 < backlog.jobs.oldest_s < 60
    assert backlog.outcomes.oldest_s < backlog.jobs.oldest_s


async def test_the_backlog_has_the_ages_of_the_oldest_and_newest_entry(
    connections: Connections,
) -> None:
    redis = connections.commands
    seconds, _ = await redis.time()
    for age_s in (600, 60):
        await redis.xadd(JOBS, {"a": "b"}, id=f"{(seconds - age_s) * 1000}-0")

    found = (await read_backlog(redis)).jobs

    assert found.entries == 2
    assert 599 < found.oldest_s < 620
    assert found.added_s is not None
    assert 59 < found.added_s < 80


async def test_an_emptied_stream_still_has_the_time_of_its_last_entry(
    connections: Connections,
) -> None:
    entry_id = await connections.commands.xadd(JOBS, {"a": "b"})
    await connections.commands.xdel(JOBS, entry_id)

    found = (await read_backlog(connections.commands)).jobs

    assert (found.entries, found.oldest_s) == (0, 0)
    assert found.added_s is not None
    assert found.added_s < 30


async def test_running_workers_are_counted(connections: Connections) -> None:
    def worker() -> Worker:
        jobs, outcomes = stream_of_jobs(connections), stream_of_outcomes(connections)
        options = {"look_ahead": 4, "max_batch_tokens": 100, "lease_s": LEASE_S}
        return Worker(jobs, outcomes, RuleModel(), draw, **options)

    async def seen(within_s: float) -> int:
        return (await read_backlog(connections.commands, within_s)).workers

    tasks = [asyncio.create_task(run_until_cancelled(worker())) for _ in range(2)]
    await eventually(lambda: are(seen(within_s=60), 2))
    await asyncio.sleep(2 * LEASE_S)
    await eventually(lambda: are(seen(within_s=LEASE_S), 2))
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    assert await seen(within_s=60) == 1, "one that ends signs out"
    tasks[1].cancel()
    await asyncio.wait(tasks)
    killed = asyncio.create_task(stream_of_jobs(connections).keep_leases())
    await eventually(lambda: are(seen(within_s=60), 1))
    killed.cancel()
    await asyncio.sleep(0.1)
    assert await seen(within_s=60) == 1
    assert await seen(within_s=0.05) == 0


async def are(found: Awaitable[int], expected: int) -> bool:
    return await found == expected


async def test_an_entry_dated_in_the_future_does_not_count_as_recently_added(
    connections: Connections,
) -> None:
    seconds, _ = await connections.commands.time()
    await connections.commands.xadd(JOBS, {"a": "b"}, id=f"{(seconds + 3600) * 1000}-0")
    found = (await read_backlog(connections.commands)).jobs
    assert (found.oldest_s, found.added_s) == (0, None)
