"""
Carries out what was decided about a job: chart, outcome or dead letter, then settles the job.

It decides nothing and never sees the model. Several publishers run concurrently with the model.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from triage.cascade import Decision, Rule
from triage.logs import log_context
from triage.manifest import Manifest
from triage.queue.deliveries import Delivery, Entry
from triage.queue.messages import Job, ModelName, Outcome, Timings
from triage.queue.streams import Stream
from triage.review import Language
from worker.job_action import DeadLetter, Publish
from worker.metrics import WorkerMetrics
from worker.redis_retry import RedisRetry

logger = logging.getLogger(__name__)

# Returns the PNG of an answer, or no bytes if it cannot be drawn.
Draw = Callable[[Sequence[float], Decision, Rule, Language], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Decided:
    """
    A decided job, the manifest of its model, and the time of the decision.

    `at_s` is in seconds of the monotonic clock.
    """

    delivery: Delivery[Job]
    action: Publish | DeadLetter
    manifest: Manifest
    timings_ms: Timings
    at_s: float


class Publisher:
    """Publishes the jobs of the queue `decided`, one at a time."""

    def __init__(
        self,
        decided: asyncio.Queue[Decided],
        jobs: Stream[Job],
        outcomes: Stream[Outcome],
        draw: Draw,
        redis_retry: RedisRetry,
        metrics: WorkerMetrics,
    ) -> None:
        self._decided = decided
        self._jobs = jobs
        self._outcomes = outcomes
        self._draw = draw
        self._redis_retry = redis_retry
        self._metrics = metrics

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            decided = await self._decided.get()
            with log_context(decided.delivery.message.review_id):
                await self._publish(decided)
            self._decided.task_done()

    async def _publish(self, decided: Decided) -> None:
        match decided.action:
            case Publish() as answer:
                await self._answer(decided, answer)
            case DeadLetter(reason):
                await self._dead_letter(decided, reason)

    async def _answer(self, decided: Decided, answer: Publish) -> None:
        job, decision = decided.delivery.message, answer.decision
        rule = decided.manifest.rule
        png = await self._draw(answer.probabilities, decision, rule, job.language)
        chart_ms = round((time.monotonic() - decided.at_s) * 1000)
        timings = decided.timings_ms.model_copy(update={"chart": chart_ms})
        outcome = Outcome(
            review_id=job.review_id,
            model=_name(decided.manifest),
            probabilities=answer.probabilities,
            decision=decision,
            timings_ms=timings,
        )
        await self._settle(decided.delivery, self._outcomes.entry(outcome, png))
        self._metrics.published(outcome)
        logger.info(
            "review %s: model %s %s, rung %s, %d classes, %d ms (%s)",
            job.review_id,
            outcome.model.name,
            outcome.model.version,
            decision.rung,
            len(decision.classes),
            timings.queued + timings.waited + timings.model + timings.chart,
            timings,
        )

    async def _dead_letter(self, decided: Decided, reason: str) -> None:
        """
        Move the job to the dead letters and publish the failure, so that the bot reports it.

        A missing job was erased with its review: its text must not be stored again.
        """
        delivery = decided.delivery
        if not await self._redis_retry.retry(partial(self._jobs.contains, delivery.entry_id)):
            self._jobs.release([delivery.entry_id])
            return
        outcome = Outcome(
            review_id=delivery.message.review_id,
            model=_name(decided.manifest),
            timings_ms=decided.timings_ms,
            error=reason,
        )
        letter = self._jobs.dead_letter(delivery.entry_id, delivery.sealed, reason)
        await self._settle(delivery, letter, self._outcomes.entry(outcome))
        self._metrics.published(outcome)
        logger.error(
            "review %s: model %s %s, dead letter: %s",
            outcome.review_id,
            outcome.model.name,
            outcome.model.version,
            reason,
        )

    async def _settle(self, delivery: Delivery[Job], *results: Entry) -> None:
        """
        Settle the job once: an attempt whose reply was lost may have succeeded.

        A missing job may also have been flushed; then the bot queues it again.
        """
        tries = 0

        async def settle() -> None:
            nonlocal tries
            tries += 1
            if tries == 1 or await self._jobs.contains(delivery.entry_id):
                await self._jobs.settle(delivery.entry_id, *results)
            else:
                self._jobs.release([delivery.entry_id])

        await self._redis_retry.retry(settle)


def _name(manifest: Manifest) -> ModelName:
    return ModelName(name=manifest.name, version=manifest.version)
