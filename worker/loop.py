"""
The worker's shell: takes jobs, lets the model read them, publishes outcomes.

Straight: what runs together and what becomes of a job is decided in `worker.batching` and
`worker.fate`. Classification runs in a thread and charts in processes, so that leases are renewed
and the next jobs are read meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from triage.cascade import Decision, decide
from triage.contract import Job, ModelName, Outcome, Timings
from triage.errors import QueueUnavailable
from triage.limits import MAX_OUTCOMES
from triage.review import Language
from triage.streams import Delivery, Stream
from worker.batching import Waiting, form_batches
from worker.classifier import Classifier
from worker.fate import Answer, Bury, Fate, RunAlone, TryLater, fate_after, fate_before

logger = logging.getLogger(__name__)

# While the bot does not fetch outcomes, or this worker holds all it may.
PAUSE_S = 0.1

# After Redis failed: doubled up to the longest.
FIRST_RETRY_S = 0.2
LONGEST_RETRY_S = 5.0

# Draws the chart of one answer; raises where it cannot.
Draw = Callable[[Sequence[float], Decision, Language], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in this worker's hands, and when it came, in seconds of the monotonic clock."""

    delivery: Delivery[Job]
    taken_s: float
    timings: Timings


class Worker:
    """Reads jobs until it is told to stop."""

    def __init__(
        self,
        jobs: Stream[Job],
        outcomes: Stream[Outcome],
        classifier: Classifier,
        draw: Draw,
        *,
        look_ahead: int,
        max_batch_tokens: int,
    ) -> None:
        self._jobs = jobs
        self._outcomes = outcomes
        self._classifier = classifier
        self._draw = draw
        self._look_ahead = look_ahead
        self._max_batch_tokens = max_batch_tokens
        self._stopping = asyncio.Event()
        manifest = classifier.manifest
        self._model = ModelName(name=manifest.name, version=manifest.version)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those in hand are done."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped. Outages of Redis are waited out."""
        async with asyncio.TaskGroup() as keeping:
            keeper = keeping.create_task(self._jobs.keep_leases())
            async with asyncio.TaskGroup() as finishing:
                await self._work(finishing)
            with suppress(QueueUnavailable):  # then the leases run out
                await self._jobs.give_back()
            keeper.cancel()

    async def _work(self, finishing: asyncio.TaskGroup) -> None:
        retry_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            try:
                taken = await self._take()
            except QueueUnavailable as e:
                logger.warning("no jobs: %s; again in %.1f s", e, retry_s)
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
                continue
            retry_s = FIRST_RETRY_S
            await self._run(taken, finishing)

    async def _take(self) -> list[Taken]:
        """Return jobs that others let go, else new ones, else none after a while."""
        room = self._look_ahead - self._jobs.held
        if room <= 0 or await self._outcomes.length() >= MAX_OUTCOMES:
            await asyncio.sleep(PAUSE_S)
            return []
        deliveries = await self._jobs.reclaim(room) or await self._jobs.read(room)
        return [_taken(delivery) for delivery in deliveries]

    async def _run(self, taken: Sequence[Taken], finishing: asyncio.TaskGroup) -> None:
        """Bury what came too often, run the rest in batches."""
        window = []
        for age, job in enumerate(taken):
            bury = fate_before(job.delivery.times)
            if bury is not None:
                finishing.create_task(self._apply(job, bury))
                continue
            tokens = self._classifier.cost(job.delivery.message.review())
            window.append(Waiting(age, tokens, job.delivery.times))
        for batch in form_batches(window, max_tokens=self._max_batch_tokens):
            if self._stopping.is_set():
                return  # what is still held is given back
            await self._run_batch([taken[waiting.age] for waiting in batch], finishing)

    async def _run_batch(self, batch: Sequence[Taken], finishing: asyncio.TaskGroup) -> None:
        timed, rows = await self._classify(batch)
        again = []
        for job, row in zip(timed, rows, strict=True):
            fate = fate_after(row, alone=len(batch) == 1, times=job.delivery.times)
            if isinstance(fate, RunAlone):
                again.append(job)
            else:
                finishing.create_task(self._apply(job, fate))
        for job in again:
            await self._run_batch([job], finishing)

    async def _classify(
        self, batch: Sequence[Taken]
    ) -> tuple[list[Taken], list[Sequence[float] | None]]:
        """Return the jobs with the model's time noted, and a row for each, None where it failed."""
        reviews = [job.delivery.message.review() for job in batch]
        began_s = time.monotonic()
        try:
            found = await asyncio.to_thread(self._classifier.classify, reviews)
            assert len(found) == len(batch), f"{len(found)} rows for {len(batch)} reviews"
            rows: list[Sequence[float] | None] = [row.tolist() for row in found]
        except Exception:
            logger.exception("the model failed on %d review(s)", len(batch))
            rows = [None] * len(batch)
        model_ms = _ms_since(began_s)
        timed = [
            replace(
                job,
                timings=job.timings.model_copy(
                    update={"waited": int((began_s - job.taken_s) * 1000), "model": model_ms}
                ),
            )
            for job in batch
        ]
        return timed, rows

    async def _apply(self, job: Taken, fate: Fate) -> None:
        """Carry out what was decided about a job."""
        try:
            match fate:
                case Answer(probabilities):
                    await self._answer(job, probabilities)
                case Bury(reason):
                    await self._bury(job, reason)
                case TryLater() | RunAlone():
                    self._jobs.let_go([job.delivery.entry_id])
        except QueueUnavailable as e:
            logger.warning("review %s is tried again: %s", job.delivery.message.review_id, e)
            self._jobs.let_go([job.delivery.entry_id])

    async def _answer(self, job: Taken, probabilities: tuple[float, ...]) -> None:
        message, manifest = job.delivery.message, self._classifier.manifest
        decision = decide(probabilities, manifest.labels, manifest.rule)
        began_s = time.monotonic()
        chart = await self._chart(job, probabilities, decision)
        timings = job.timings.model_copy(update={"chart": _ms_since(began_s)})
        outcome = Outcome(
            review_id=message.review_id,
            model=self._model,
            probabilities=probabilities,
            decision=decision,
            timings_ms=timings,
        )
        await self._jobs.settle(job.delivery.entry_id, self._outcomes.entry(outcome, chart))
        logger.info(
            "review %s: %d class(es), rung %s; queued %d, waited %d, model %d, chart %d ms",
            message.review_id,
            len(decision.classes),
            decision.rung,
            timings.queued,
            timings.waited,
            timings.model,
            timings.chart,
        )

    async def _chart(
        self, job: Taken, probabilities: tuple[float, ...], decision: Decision
    ) -> bytes:
        """Return the picture, or nothing: an answer without a picture is better than none."""
        try:
            return await self._draw(probabilities, decision, job.delivery.message.language)
        except Exception:
            logger.exception("no chart for review %s", job.delivery.message.review_id)
            return b""

    async def _bury(self, job: Taken, reason: str) -> None:
        delivery = job.delivery
        outcome = Outcome(
            review_id=delivery.message.review_id,
            model=self._model,
            timings_ms=job.timings,
            error=reason,
        )
        letter = self._jobs.dead_letter(delivery.entry_id, delivery.sealed, reason)
        await self._jobs.settle(delivery.entry_id, letter, self._outcomes.entry(outcome))
        logger.error("review %s is put aside: %s", delivery.message.review_id, reason)


def _taken(delivery: Delivery[Job]) -> Taken:
    queued_ms = max(0, time.time_ns() // 1_000_000 - delivery.message.enqueued_ms)
    return Taken(delivery, time.monotonic(), Timings(queued=queued_ms))


def _ms_since(began_s: float) -> int:
    return int((time.monotonic() - began_s) * 1000)
