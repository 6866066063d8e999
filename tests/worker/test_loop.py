"""The worker on a real Redis, with a model made of rules."""

import asyncio
import logging
import time
import weakref
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.triage.queue.queues import job, pending, stream_of_jobs, stream_of_outcomes
from tests.worker.samples import (
    BREAK,
    LARGE,
    NAN,
    PNG,
    RAISE,
    TAXONOMY,
    RuleModel,
    TurnedClock,
    collect,
    draw,
    eventually,
    working,
)
from triage.cascade import Confidence, Decision
from triage.queue.limits import (
    DEAD,
    JOBS,
    LONGEST_BATCH_S,
    MAX_DELIVERIES,
    MAX_OUTCOMES,
    OUTCOMES,
    WORKERS,
)
from triage.queue.messages import Job, Outcome
from triage.queue.streams import Connections, Stream
from triage.review import ReviewInput
from worker.classifiers.errors import GpuFailed
from worker.classifiers.protocol import Probabilities
from worker.loop import Worker
from worker.monitoring import Health
from worker.publisher import Draw
from worker.shutdown import run_until_cancelled

pytestmark = pytest.mark.redis

LEASE_S = 0.3


def worker(
    connections: Connections,
    model: RuleModel,
    *,
    draw: Draw = draw,
    look_ahead: int = 64,
    max_batch_tokens: int = 4096,
    lease_s: float = LEASE_S,
    health: Health | None = None,
) -> Worker:
    return Worker(
        stream_of_jobs(connections, lease_s),
        stream_of_outcomes(connections, lease_s),
        model,
        draw,
        look_ahead=look_ahead,
        max_batch_tokens=max_batch_tokens,
        lease_s=lease_s,
        health=health,
    )


async def stop_at_a_batch(connections: Connections, max_batch_tokens: int) -> None:
    """Cancel a worker while the model reads its first batch, and wait until it has ended."""
    model = RuleModel()
    model.may_answer.clear()
    stopping = asyncio.create_task(
        run_until_cancelled(
            worker(connections, model, max_batch_tokens=max_batch_tokens, lease_s=30)
        )
    )
    await eventually(lambda: bool(model.batches))
    stopping.cancel()
    await asyncio.sleep(0.1)
    model.may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await stopping


async def stop_a_model_that_hangs(connections: Connections) -> None:
    """Stop a worker whose first batch has run for longer than any batch may."""
    model, clock = RuleModel(), TurnedClock()
    model.may_answer.clear()
    hanging = worker(connections, model, health=Health(clock=clock))
    stopping = asyncio.create_task(run_until_cancelled(hanging, stop_s=0))
    await eventually(lambda: bool(model.batches))
    clock.now_s += LONGEST_BATCH_S + 1
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    model.may_answer.set()


class TestWorker:
    @pytest.fixture
    async def jobs(self, real_connections: Connections) -> Stream[Job]:
        jobs = stream_of_jobs(real_connections)
        await jobs.create_group()
        return jobs

    @pytest.fixture
    async def outcomes(self, real_connections: Connections) -> Stream[Outcome]:
        outcomes = stream_of_outcomes(real_connections)
        await outcomes.create_group()
        return outcomes

    async def test_a_job_becomes_an_outcome_with_its_chart(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        now_ms = time.time_ns() // 1_000_000
        sent = job().model_copy(update={"enqueued_ms": now_ms - 5000})
        await jobs.publish(sent)
        async with working(worker(real_connections, RuleModel(seconds=0.05))):
            (delivery,) = await collect(outcomes, 1)

        outcome, first = delivery.message, TAXONOMY.ids[0]
        assert outcome.review_id == sent.review_id
        assert outcome.decision == Decision((first,), 0.55, Confidence.SURE)
        assert len(outcome.probabilities) == len(TAXONOMY.ids)
        assert (outcome.model.name, outcome.model.version) == ("rules", "1")
        assert delivery.attachment == PNG
        timings = outcome.timings_ms
        assert 5000 <= timings.queued < 7000
        assert 50 <= timings.model < 1000
        assert timings.waited + timings.chart < 1000
        assert await jobs.length() == await pending(real_connections.commands) == 0

    async def test_jobs_that_wait_together_run_together(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        for text in ("short", "l" * 40, "brief", "L" * 40):
            await jobs.publish(job(text))
        model = RuleModel()
        async with working(worker(real_connections, model, max_batch_tokens=80)):
            await collect(outcomes, 4)
        assert model.batches == [["short", "brief"], ["l" * 40, "L" * 40]]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (NAN, "failed: the model gave nan as a probability"),
            (LARGE, "failed: the model gave 1.5 as a probability"),
            (RAISE, "failed: the model raised ValueError"),
        ],
    )
    async def test_a_bad_job_goes_to_a_person_and_takes_no_other_with_it(
        self,
        real_connections: Connections,
        jobs: Stream[Job],
        outcomes: Stream[Outcome],
        text: str,
        reason: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        bad = job(text)
        good = [job(f"good {number}") for number in range(9)]
        for message in (*good[:4], bad, *good[4:]):
            await jobs.publish(message)
        model = RuleModel()
        async with working(worker(real_connections, model)):
            found = {d.message.review_id: d.message for d in await collect(outcomes, 10)}

        assert found.pop(bad.review_id).error == reason
        assert found.keys() == {message.review_id for message in good}
        assert all(outcome.decision for outcome in found.values())
        assert [text] in model.batches, "it was tried alone"
        ((_, letter),) = await real_connections.commands.xrange(DEAD)
        assert letter[b"reason"].decode() == reason
        assert await jobs.length() == 0
        assert "good 1" not in caplog.text, "an error that quotes a review must not be logged"

    async def test_an_unreadable_job_takes_no_other_with_it(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        await jobs.publish(job())
        await real_connections.commands.xadd(JOBS, {"sealed": b"?"})
        await jobs.publish(job())
        async with working(worker(real_connections, RuleModel())):
            await collect(outcomes, 2)
        assert await real_connections.commands.xlen(DEAD) == 1

    async def test_charts_are_drawn_while_the_model_reads_the_next_batch(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        model, next_is_read = RuleModel(), asyncio.Event()

        async def patient(*answer: object) -> bytes:
            await asyncio.wait_for(next_is_read.wait(), 5)
            return PNG

        for _ in range(2):
            await jobs.publish(job("long"))
        async with working(worker(real_connections, model, draw=patient, max_batch_tokens=4)):
            await eventually(lambda: len(model.batches) == 2)
            assert await outcomes.length() == 0
            next_is_read.set()
            await collect(outcomes, 2)

    async def test_a_worker_takes_no_more_than_it_may_hold(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        for _ in range(100):
            await jobs.publish(job())
        may_draw = asyncio.Event()

        async def stuck(*answer: object) -> bytes:
            await may_draw.wait()
            return PNG

        async with working(worker(real_connections, RuleModel(), draw=stuck, look_ahead=5)):
            await asyncio.sleep(0.5)
            held = await pending(real_connections.commands)
            may_draw.set()
            await collect(outcomes, 100)
        assert held < 40

    async def test_too_many_outcomes_stop_the_worker_until_the_bot_has_taken_some(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        redis = real_connections.commands
        async with redis.pipeline() as pipe:
            for _ in range(MAX_OUTCOMES + 1):
                pipe.xadd(OUTCOMES, {"sealed": b"waiting"})
            ids = await pipe.execute()
        await jobs.publish(job())
        async with working(worker(real_connections, RuleModel())):
            await asyncio.sleep(0.6)
            assert await outcomes.length() == MAX_OUTCOMES + 1
            assert await jobs.length() == 1
            await redis.xdel(OUTCOMES, *ids)
            await collect(outcomes, 1, within_s=2)

    async def test_two_workers_answer_each_job_once(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        sent = [job() for _ in range(60)]
        for message in sent:
            await jobs.publish(message)
        first, second = RuleModel(0.02), RuleModel(0.02)
        async with working(
            worker(real_connections, first, look_ahead=5),
            worker(real_connections, second, look_ahead=5),
        ):
            found = Counter(d.message.review_id for d in await collect(outcomes, 60))
        assert found == Counter(message.review_id for message in sent)
        assert first.batches
        assert second.batches

    async def test_a_thousand_jobs_take_little_of_the_worker_s_own_time(
        self, real_connections: Connections, jobs: Stream[Job], outcomes: Stream[Outcome]
    ) -> None:
        for _ in range(50):
            await asyncio.gather(*(jobs.publish(job()) for _ in range(20)))
        started = time.process_time()  # other programs may keep the machine busy
        async with working(worker(real_connections, RuleModel(), lease_s=30)):
            await collect(outcomes, 1000)
        jobs_per_s = 1000 / (time.process_time() - started)
        logging.getLogger(__name__).info("%.0f jobs in a second of processor time", jobs_per_s)
        assert jobs_per_s > 100


class TestTheGpuFails:
    async def test_the_worker_ends_with_the_failure_and_gives_back_what_it_had_not_begun(
        self, real_connections: Connections
    ) -> None:
        jobs, outcomes = stream_of_jobs(real_connections, 30), stream_of_outcomes(real_connections)
        await jobs.create_group()
        for text in ("sound", BREAK, "waits", "waits"):
            await jobs.publish(job(text))
        model = RuleModel()
        with pytest.raises(GpuFailed):
            await run_until_cancelled(
                worker(real_connections, model, max_batch_tokens=5, lease_s=30)
            )

        assert model.batches == [["sound"], [BREAK]]
        assert await outcomes.length() == 1, "what was decided before is published"
        assert [again.times for again in await jobs.reclaim(10)] == [1, 1]
        counted = await real_connections.commands.xpending_range(JOBS, WORKERS, "-", "+", 10)
        assert sorted(row["times_delivered"] for row in counted) == [1, 1, 1]
        assert await real_connections.commands.xlen(DEAD) == 0

    async def test_a_job_that_breaks_the_gpu_of_each_worker_is_dead_in_the_end(
        self, real_connections: Connections
    ) -> None:
        jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
        await jobs.create_group()
        await jobs.publish(job(BREAK))
        for _ in range(MAX_DELIVERIES):
            with pytest.raises(GpuFailed):
                await run_until_cancelled(worker(real_connections, RuleModel()))
        async with working(worker(real_connections, RuleModel())):
            (delivery,) = await collect(outcomes, 1)
        assert delivery.message.error == "unfinished: delivered 3 times without an outcome"

    async def test_it_is_said_while_stopping_and_the_rest_is_given_back(
        self, real_connections: Connections, caplog: pytest.LogCaptureFixture
    ) -> None:
        jobs = stream_of_jobs(real_connections, 30)
        await jobs.create_group()
        await jobs.publish(job(BREAK))
        await jobs.publish(job("waits"))
        await stop_at_a_batch(real_connections, max_batch_tokens=5)
        assert "the GPU failed" in caplog.messages
        assert [again.message.text for again in await jobs.reclaim(10)] == ["waits"]


async def test_memory_of_a_failed_batch_is_released_before_its_jobs_run_again(
    fake_connections: Connections,
) -> None:
    class Tensor:
        """Stands for what a model keeps on the GPU."""

    class Careless(RuleModel):
        def __init__(self) -> None:
            super().__init__()
            self.held: list[int] = []

        def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
            self.held.append(sum(tensor() is not None for tensor in tensors))
            activations = Tensor()
            tensors.append(weakref.ref(activations))
            if len(reviews) > 1:
                raise ValueError
            return super().classify(reviews)

    tensors: list[weakref.ref[Tensor]] = []
    model = Careless()
    for _ in range(3):
        await stream_of_jobs(fake_connections).publish(job())
    async with working(worker(fake_connections, model)):
        await collect(stream_of_outcomes(fake_connections), 3)
    assert model.held == [0, 0, 0, 0]


class TestStopping:
    async def test_the_batch_in_hand_is_finished_and_the_rest_given_back_uncounted(
        self, real_connections: Connections
    ) -> None:
        jobs, outcomes = stream_of_jobs(real_connections, 30), stream_of_outcomes(real_connections)
        await jobs.create_group()
        for _ in range(6):
            await jobs.publish(job("four"))
        await stop_at_a_batch(real_connections, max_batch_tokens=8)

        assert await outcomes.length() == 2
        assert [again.times for again in await jobs.reclaim(10)] == [1] * 4

    async def test_a_model_that_hangs_delays_a_stop_no_longer_than_allowed(
        self, real_connections: Connections
    ) -> None:
        jobs = stream_of_jobs(real_connections, 30)
        await jobs.create_group()
        await jobs.publish(job())
        model = RuleModel()
        model.may_answer.clear()
        stopping = asyncio.create_task(
            run_until_cancelled(worker(real_connections, model, lease_s=30), stop_s=0.3)
        )
        await eventually(lambda: bool(model.batches))
        stopping.cancel()
        async with asyncio.timeout(30):
            with pytest.raises(asyncio.CancelledError):
                await stopping
        assert [again.times for again in await jobs.reclaim(10)] == [1], "it is not counted"
        model.may_answer.set()

    async def test_a_job_with_which_each_model_hangs_is_dead_in_the_end(
        self, real_connections: Connections
    ) -> None:
        jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
        await jobs.create_group()
        await jobs.publish(job())
        for _ in range(MAX_DELIVERIES):
            await stop_a_model_that_hangs(real_connections)
        async with working(worker(real_connections, RuleModel())):
            (delivery,) = await collect(outcomes, 1)
        assert delivery.message.error == "unfinished: delivered 3 times without an outcome"
