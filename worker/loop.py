"""
The worker's shell: takes jobs, runs the model, and passes each result on.

It decides nothing: classifiers/batching.py forms the batches and job_action.py decides what happens
to a job. The model runs in a thread and charts in processes, so that leases are renewed and answers
are published at the same time.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial

from triage.errors import QueueUnavailable
from triage.manifest import Manifest
from triage.queue.deliveries import Delivery
from triage.queue.limits import BLOCK_MS, LEASE_S, MAX_OUTCOMES
from triage.queue.messages import Job, ModelName, Outcome
from triage.queue.streams import Stream
from triage.review import ReviewInput
from worker.classifiers.batching import Batch, WaitingReview, form_batches
from worker.classifiers.errors import GpuFailed
from worker.classifiers.protocol import Classifier, Probabilities
from worker.daemon_thread import DaemonThread
from worker.job_action import JobAction, RunAgain, action_after_run, action_before_run
from worker.metrics import WorkerMetrics
from worker.monitoring import Health
from worker.publisher import Decided, Draw, Publisher
from worker.redis_retry import RedisRetry
from worker.timing import timings_of

logger = logging.getLogger(__name__)

Item = WaitingReview[Delivery[Job]]

# Answers published at the same time: enough to keep the drawing processes busy.
PUBLISHERS = 16

# Decided jobs that wait for a publisher; when the queue is full, the model waits too.
MAX_DECIDED = 64

# The pause between two checks whether the bot has taken enough outcomes for the worker to continue.
PAUSE_S = 0.2


class Worker:
    """Answers jobs until it is stopped."""

    def __init__(
        self,
        jobs: Stream[Job],
        outcomes: Stream[Outcome],
        classifier: Classifier,
        draw: Draw,
        *,
        max_batch_tokens: int,
        look_ahead: int | None = None,
        lease_s: float = LEASE_S,
        metrics: WorkerMetrics | None = None,
        health: Health | None = None,
        report: Callable[[ReviewInput], None] = lambda _: None,
    ) -> None:
        """`report` is called with each review before it is classified."""
        self._jobs = jobs
        self._outcomes = outcomes
        self._look_ahead = look_ahead
        self._max_batch_tokens = max_batch_tokens
        self._look_for_stale_every_s = lease_s / 2
        self._look_for_stale_at_s = 0.0
        self._window: dict[str, Item] = {}  # by entry id, in order of arrival
        self._stopping = False
        self._decided: asyncio.Queue[Decided] = asyncio.Queue(look_ahead or MAX_DECIDED)
        self._metrics = metrics or WorkerMetrics()  # not exported
        self._health = health or Health()
        self._redis_retry = RedisRetry(self._health.waits_for_redis)
        self._report = report
        self._model_thread = DaemonThread("model")
        self._publisher = Publisher(
            self._decided, jobs, outcomes, draw, self._redis_retry, self._metrics
        )
        self.use(classifier)

    async def run(self) -> None:
        """Work until stopped or GpuFailed, then publish what is decided; retries if Redis fails."""
        with closing(self._model_thread):
            await self._work()

    async def _work(self) -> None:
        failure = None
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._jobs.keep_leases())]
            helpers.append(tasks.create_task(self._health.beat_during_batch()))
            helpers += [tasks.create_task(self._publisher.run()) for _ in range(PUBLISHERS)]
            try:
                while not self._stopping:
                    await self._redis_retry.retry(self._round)
            except GpuFailed as e:
                failure = e
            await self._decided.join()
            for helper in helpers:
                helper.cancel()
        if failure:
            raise failure

    def use(self, classifier: Classifier) -> None:
        """Use another model from the next batch on."""
        self._classifier = classifier
        manifest = classifier.manifest
        self._metrics.serves(ModelName(name=manifest.name, version=manifest.version))

    def stop(self) -> None:
        """Make `run` return after the running batch."""
        self._stopping = True

    async def give_back(self) -> None:
        """Release this worker's jobs to others immediately; raises QueueUnavailable."""
        await self._jobs.give_back()

    async def _round(self) -> None:
        """Take jobs and run one batch; wait for new jobs only if the window is empty."""
        await self._health.beat()
        if await self._may_take():
            await self._take_stale()
            await self._take_new(block_ms=0 if self._window else BLOCK_MS)
        if batches := self._batches():
            running = asyncio.create_task(self._run(batches[0]))
            await self._refill()
            await running

    async def _refill(self) -> None:
        """Take more jobs while the model runs, so that the next batch is ready after it."""
        with suppress(QueueUnavailable):  # the next round retries it
            if not self._stopping and await self._outcomes.length() <= MAX_OUTCOMES:
                await self._take_new(block_ms=0)

    async def _may_take(self) -> bool:
        if await self._outcomes.length() <= MAX_OUTCOMES:
            return True
        if not self._window:
            await asyncio.sleep(PAUSE_S)
        return False

    async def _take_new(self, block_ms: int) -> None:
        room = self._room()
        if room > 0:
            await self._add_to_window(await self._jobs.read(room, block_ms))

    def _room(self) -> int:
        """Return how many more jobs the window takes."""
        return (self._look_ahead or self._classifier.look_ahead) - len(self._window)

    async def _take_stale(self) -> None:
        """
        Take over jobs whose lease has expired, one by one and not in every round.

        A job that another worker had started may have crashed it; one that only waited there is
        added to the window.
        """
        if time.monotonic() < self._look_for_stale_at_s:
            return
        while self._room() > 0 and not self._stopping:
            found = await self._jobs.reclaim(1)
            if not found:
                self._look_for_stale_at_s = time.monotonic() + self._look_for_stale_every_s
                return
            self._metrics.again("taken over")
            if found[0].times > 1:
                await self._run_suspect(found[0])
            else:
                await self._add_to_window(found)

    async def _run_suspect(self, delivery: Delivery[Job]) -> None:
        """
        Run a job that may have crashed its last worker, after all other jobs are done.

        If it crashes this worker too, no other job's delivery is counted.
        """
        suspect = WaitingReview(delivery, 0, delivery.times, time.monotonic())
        while batches := self._batches():
            await self._run(batches[0])
        await self._decided.join()
        refused = action_before_run(suspect.times)
        if refused is None:
            await self._run(Batch((suspect,)))
        else:
            await self._apply(suspect, refused, time.monotonic(), self._classifier.manifest)
        await self._decided.join()

    async def _add_to_window(self, deliveries: Sequence[Delivery[Job]]) -> None:
        """Add jobs to the window with their cost, which is counted in a thread."""
        arrived_s = time.monotonic()
        reviews = [delivery.message.review() for delivery in deliveries]
        for review in reviews:
            self._report(review)
        costs = await asyncio.to_thread(lambda: list(map(self._classifier.cost, reviews)))
        for delivery, tokens in zip(deliveries, costs, strict=True):
            self._window[delivery.entry_id] = WaitingReview(
                delivery, tokens, delivery.times, arrived_s
            )
        with suppress(QueueUnavailable):  # then they count as started, which only costs time
            await self._jobs.mark_waiting(delivery.entry_id for delivery in deliveries)

    def _batches(self) -> list[Batch[Delivery[Job]]]:
        return form_batches(list(self._window.values()), max_tokens=self._max_batch_tokens)

    async def _run(self, batch: Batch[Delivery[Job]]) -> None:
        """Run the model on a batch, then once more on each job that failed in it, alone."""
        entry_ids = [item.job.entry_id for item in batch.items]
        for entry_id in entry_ids:
            self._window.pop(entry_id, None)
        await self._redis_retry.retry(partial(self._begin, entry_ids))
        started_s = time.monotonic()
        tokens = [item.tokens for item in batch.items]
        self._metrics.ran(tokens, batch.padded_tokens, len(self._window))
        classifier = self._classifier  # `use` may replace it during the run
        manifest = classifier.manifest
        alone = len(batch.items) == 1
        again = []
        results = await self._classify(classifier, batch)
        for item, result in zip(batch.items, results, strict=True):
            action = action_after_run(
                result,
                item.times,
                alone=alone,
                labels=manifest.labels,
                rule=manifest.rule,
                calibration=manifest.calibration,
                guarded=manifest.guard is not None,
            )
            if action is RunAgain.ALONE:
                self._metrics.again("alone")
                again.append(item)
            else:
                await self._apply(item, action, started_s, manifest)
        for item in again:
            await self._run(Batch((item,)))

    async def _begin(self, entry_ids: Sequence[str]) -> None:
        await self._health.beat()
        await self._jobs.mark_started(entry_ids)

    async def _classify(
        self, classifier: Classifier, batch: Batch[Delivery[Job]]
    ) -> Sequence[Sequence[float] | Exception]:
        """Return for each job its row of probabilities, or the exception that the model raised."""
        reviews = [item.job.message.review() for item in batch.items]
        try:
            with self._health.batch():
                rows = await self._run_model(partial(classifier.classify, reviews), batch)
            expected = (len(reviews), len(classifier.manifest.labels))
            assert rows.shape == expected, f"the model gave {rows.shape} values, not {expected}"
        except GpuFailed:
            # One of these jobs may be the cause: they count as delivered, waiting jobs do not.
            self._jobs.release(item.job.entry_id for item in batch.items)
            raise
        except Exception as e:
            # The text of an error may quote a review, so it is not logged.
            frames = "".join(traceback.format_tb(e.__traceback__))
            logger.error(
                "the model raised %s on %d jobs\n%s", type(e).__name__, len(reviews), frames
            )
            # Its frames hold the batch's tensors, which would take memory from the next run.
            traceback.clear_frames(e.__traceback__)
            return [e] * len(reviews)
        results: list[Sequence[float]] = rows.tolist()
        return results

    async def _run_model(
        self, call: Callable[[], Probabilities], batch: Batch[Delivery[Job]]
    ) -> Probabilities:
        """Return what the model returns; jobs with which it hangs until a stop are delivered."""
        try:
            return await self._model_thread.run(call)
        except asyncio.CancelledError:
            if self._health.batch_hangs():
                self._jobs.release(item.job.entry_id for item in batch.items)
            raise

    async def _apply(
        self, item: Item, action: JobAction, started_s: float, manifest: Manifest
    ) -> None:
        """Pass a job on to the publishers; waits while their queue is full."""
        if isinstance(action, RunAgain):
            self._metrics.again("later")
            self._jobs.release([item.job.entry_id])
            return
        decided_s = time.monotonic()
        timings = timings_of(
            item.job.message.enqueued_ms,
            arrived_s=item.arrived_s,
            started_s=started_s,
            decided_s=decided_s,
            now_ms=time.time() * 1000,
        )
        await self._decided.put(Decided(item.job, action, manifest, timings, decided_s))
