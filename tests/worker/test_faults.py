"""Workers that are killed and a Redis that comes and goes: no job is lost."""

import asyncio
import logging
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.forked import Forked
from tests.redis_server import RedisServer
from tests.triage.queue.queues import KEY, job, pending, stream_of_jobs, stream_of_outcomes
from tests.worker.killable import LEASE_S
from tests.worker.samples import (
    HEAVY,
    KILL,
    RuleModel,
    TurnedClock,
    collect,
    draw,
    eventually,
    working,
)
from triage.queue.limits import DEAD, JOBS, MAX_DELIVERIES, WORKERS
from triage.queue.streams import Connections, connect
from worker.loop import PUBLISHERS, Worker
from worker.monitoring import BEAT_S, Health
from worker.shutdown import STOP_S

pytestmark = [pytest.mark.redis, pytest.mark.xdist_group("processes")]

LOOK_AHEAD = 4

# The decided jobs that the publishers and their queue hold; with one more the loop waits.
TAKEN = PUBLISHERS + LOOK_AHEAD

HOUR_S = 3600

ROOT = Path(__file__).parents[2]


class Processes:
    """Workers in processes of their own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: list[Forked] = []

    def start(
        self, seconds_a_batch: float = 0.0, stop_s: float = STOP_S, log: Path = Path(os.devnull)
    ) -> Forked:
        process = Forked(
            "tests.worker.killable",
            *(self._url, KEY, str(seconds_a_batch), str(stop_s)),
            folder=ROOT,
            environment=os.environ,
            output=log,
        )
        self._running.append(process)
        return process

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


@pytest.fixture
def processes(redis_url: str) -> Iterator[Processes]:
    processes = Processes(redis_url)
    yield processes
    processes.end()


def worker(connections: Connections, model: RuleModel | None = None) -> Worker:
    return Worker(
        stream_of_jobs(connections, LEASE_S),
        stream_of_outcomes(connections, LEASE_S),
        model or RuleModel(0.01),
        draw,
        look_ahead=16,
        max_batch_tokens=100,
        lease_s=LEASE_S,
    )


async def test_another_worker_answers_the_jobs_of_a_killed_one(
    real_connections: Connections, processes: Processes
) -> None:
    jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
    sent = [job() for _ in range(60)]
    for message in sent:
        await jobs.publish(message)
    first = processes.start(seconds_a_batch=0.2)
    found = await collect(outcomes, 13)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert await pending(real_connections.commands) > 0, "it was killed with jobs in hand"

    async with working(worker(real_connections)):
        found += await collect(outcomes, 60 - len(found))

    assert Counter(d.message.review_id for d in found) == Counter(m.review_id for m in sent)
    assert await jobs.length() == await outcomes.length() == 0
    assert await pending(real_connections.commands) == 0


async def test_a_job_that_kills_its_workers_is_dead_lettered_and_others_are_answered(
    real_connections: Connections, processes: Processes
) -> None:
    jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
    poison = job(KILL)
    good = [job(f"good {number}") for number in range(31)]
    for message in (*good[:16], poison, *good[16:]):
        await jobs.publish(message)

    collecting = asyncio.create_task(collect(outcomes, 32, within_s=60))
    deaths = 0
    while not collecting.done():
        process = processes.start()
        dying = asyncio.create_task(asyncio.to_thread(process.wait))
        await asyncio.wait({dying, collecting}, return_when=asyncio.FIRST_COMPLETED)
        deaths += dying.done()
        process.kill()
        await dying
    found = {d.message.review_id: d.message for d in await collecting}

    assert deaths == MAX_DELIVERIES
    assert found.pop(poison.review_id).error == "unfinished: delivered 3 times without an outcome"
    assert found.keys() == {message.review_id for message in good}
    assert all(outcome.error is None for outcome in found.values())
    assert await real_connections.commands.xlen(DEAD) == 1
    assert await jobs.length() == 0


async def test_jobs_not_started_by_a_killed_worker_run_in_batches(
    real_connections: Connections, processes: Processes
) -> None:
    jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
    await jobs.create_group()
    texts = [f"{number:015}" for number in range(31)]
    for text in texts:
        await jobs.publish(job(text))
    first = processes.start(seconds_a_batch=30)
    async with asyncio.timeout(20):
        while await counts(real_connections) != {1: 13, 0: 18}:
            await asyncio.sleep(0.02)
    first.kill()
    first.wait()

    model = RuleModel()
    async with working(worker(real_connections, model)):
        found = await collect(outcomes, 31)

    assert {d.message.error for d in found} == {None}
    assert [batch for batch in model.batches if len(batch) == 1] == [[text] for text in texts[:13]]


async def counts(connections: Connections) -> Counter[int]:
    """Return how many jobs that are handed out count so often as handed out."""
    rows = await connections.commands.xpending_range(JOBS, WORKERS, "-", "+", 100)
    return Counter(row["times_delivered"] for row in rows)


async def test_a_crash_before_any_job_starts_counts_as_a_delivery(
    real_connections: Connections, processes: Processes
) -> None:
    jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
    await jobs.create_group()
    for text in ("good", HEAVY, *["good"] * 6):
        await jobs.publish(job(text))
    first = processes.start()
    await asyncio.to_thread(first.wait)
    assert await counts(real_connections) == {1: 8}

    processes.start()  # runs each alone, as it does not know which one it was
    found = await collect(outcomes, 8)

    assert {d.message.error for d in found} == {None}


class TestStoppedWithABatch:
    """The model runs on; the process and the job do not wait for it."""

    @pytest.fixture
    async def connections(self, real_connections: Connections) -> Connections:
        jobs = stream_of_jobs(real_connections)
        await jobs.create_group()
        await jobs.publish(job())
        return real_connections

    async def test_the_process_ends_after_the_time_limit(
        self, connections: Connections, processes: Processes
    ) -> None:
        process = processes.start(HOUR_S, stop_s=0.1)
        await started(connections)
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert await counts(connections) == {0: 1}

    async def test_a_second_signal_ends_the_process_and_returns_its_jobs(
        self, connections: Connections, processes: Processes, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        process = processes.start(HOUR_S, stop_s=HOUR_S, log=log)
        await started(connections)
        process.terminate()
        await eventually(lambda: "stopping" in log.read_text())
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert await counts(connections) == {0: 1}


async def started(connections: Connections) -> None:
    """Wait until a worker has started the only job."""
    async with asyncio.timeout(60):
        while await counts(connections) != {1: 1}:
            await asyncio.sleep(0.02)


class TestOutage:
    @pytest.fixture
    async def connections(self, own_redis: RedisServer) -> AsyncIterator[Connections]:
        connections = connect(own_redis.url)
        yield connections
        await connections.aclose()

    async def test_a_worker_outlives_a_redis_that_is_killed_and_started_again(
        self,
        own_redis: RedisServer,
        connections: Connections,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.INFO)
        jobs, outcomes = stream_of_jobs(connections), stream_of_outcomes(connections)
        sent = [job() for _ in range(80)]
        for message in sent:
            await jobs.publish(message)
        async with working(worker(connections)):
            found = await collect(outcomes, 10)
            own_redis.kill()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(own_redis.start)
            await asyncio.sleep(0.1)
            found += await collect(outcomes, 80 - len(found))
        assert {d.message.review_id for d in found} == {m.review_id for m in sent}
        assert await pending(connections.commands) == 0
        said = [r.getMessage() for r in caplog.records if r.name == "worker.redis_retry"]
        assert len(said) == 2, f"one line when it begins and one when it ends: {said}"

    async def test_a_worker_that_comes_before_its_redis_waits_for_it(
        self, own_redis: RedisServer, connections: Connections
    ) -> None:
        own_redis.kill()
        async with working(worker(connections)):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(own_redis.start)
            await stream_of_jobs(connections).publish(job())
            await collect(stream_of_outcomes(connections), 1)

    async def test_a_frozen_redis_makes_no_outcome_twice(
        self, own_redis: RedisServer, connections: Connections
    ) -> None:
        jobs, outcomes = stream_of_jobs(connections, 30), stream_of_outcomes(connections)
        sent = [job() for _ in range(20)]
        for message in sent:
            await jobs.publish(message)
        held, drawn = asyncio.Event(), 0

        async def draw_when_frozen(*answer: object) -> bytes:
            nonlocal drawn
            drawn += 1
            await held.wait()
            return b""

        frozen = Worker(
            jobs,
            stream_of_outcomes(connections),
            RuleModel(),
            draw_when_frozen,
            look_ahead=16,
            max_batch_tokens=4096,
        )
        async with working(frozen):
            await eventually(lambda: drawn >= 10)
            own_redis.freeze()
            held.set()
            await asyncio.sleep(4.5)
            own_redis.thaw()
            await asyncio.sleep(0.5)
            found = await collect(outcomes, 20)
            await asyncio.sleep(0.5)
        assert Counter(d.message.review_id for d in found) == Counter(m.review_id for m in sent)
        assert await outcomes.length() == 0

    async def test_a_worker_whose_decided_jobs_wait_for_redis_is_healthy(
        self, own_redis: RedisServer, connections: Connections
    ) -> None:
        """The loop waits for the publishers, and these for Redis; a restart would not help."""
        for _ in range(2 * TAKEN):
            await stream_of_jobs(connections).publish(job())
        clock, drawing, model = TurnedClock(), asyncio.Event(), RuleModel()

        async def draw_later(*answer: object) -> bytes:
            await drawing.wait()
            return b""

        health = Health(clock=clock)
        health.ready()
        waiting = Worker(
            stream_of_jobs(connections, 30),
            stream_of_outcomes(connections),
            model,
            draw_later,
            look_ahead=LOOK_AHEAD,
            max_batch_tokens=4096,
            health=health,
        )

        def is_silent() -> bool:
            if health.problem() is None:
                clock.now_s += BEAT_S + 1
                return False
            return True

        async with working(waiting):
            await eventually(lambda: sum(map(len, model.batches)) > TAKEN)
            await eventually(is_silent)  # charts that hang are a fault
            own_redis.kill()
            drawing.set()
            for _ in range(3):
                await eventually(lambda: health.problem() is None, within_s=30)
                clock.now_s += BEAT_S + 1
        assert "Redis" in str(health.warning)
