"""
Finds reviews that were accepted but never answered, and processes them again.

A long backlog is not changed: a review is queued again only if its job is not in the stream any
more and no waiting outcome can be its own.
"""

import asyncio
import logging
from enum import Enum, auto

from bot.archive.database import DATABASE_ERRORS
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import AHEAD_MS, now_ms
from bot.delivery.answers import AnswerSender
from triage.errors import QueueUnavailable
from triage.logs import log_context
from triage.queue.limits import MAX_PUBLISHES
from triage.queue.messages import Job, ModelName, Outcome
from triage.queue.streams import Stream

logger = logging.getLogger(__name__)

# The handler that accepted a review may still be working on one this young.
GRACE_MS = 5_000

# A receipt older than this says that there is a delay, if no worker is running.
DELAYED_AFTER_MS = 60_000

# Reviews in one round. The next round continues after them, and after the last from the beginning.
ROUND = 500

LOST = "lost: queued repeatedly without an outcome"


class Verdict(Enum):
    """What to do about an unanswered review."""

    LEAVE = auto()
    PUBLISH = auto()
    ANSWER = auto()
    GIVE_UP = auto()


def verdict(review: Review, *, job_open: bool, outcomes_open: int) -> Verdict:
    """Return what to do about `review`, which must be read after the facts about the streams."""
    if review.answered_ms is not None:
        return Verdict.LEAVE
    if review.answer is not None:
        return Verdict.ANSWER
    if job_open or outcomes_open:
        return Verdict.LEAVE
    return Verdict.PUBLISH if review.publishes < MAX_PUBLISHES else Verdict.GIVE_UP


class Reconciler:
    """Compares archive and streams at intervals."""

    def __init__(
        self,
        reviews: Reviews,
        jobs: Stream[Job],
        outcomes: Stream[Outcome],
        answers: AnswerSender,
        every_s: float,
    ) -> None:
        self._reviews = reviews
        self._jobs = jobs
        self._outcomes = outcomes
        self._answers = answers
        self._every_s = every_s
        self._after = 0
        self._told: set[int] = set()

    async def run(self) -> None:
        """Reconcile immediately and then at intervals, until cancelled."""
        while True:
            try:
                await self.round()
            except (QueueUnavailable, *DATABASE_ERRORS) as e:
                logger.warning("reconciling is postponed: %s", e)
            await asyncio.sleep(self._every_s)

    async def round(self) -> None:
        """Check the next unanswered reviews once, also those dated in the future."""
        now = now_ms()
        found = await self._reviews.unanswered(
            accepted_before_ms=now - GRACE_MS,
            accepted_after_ms=now + AHEAD_MS,
            after=self._after,
            limit=ROUND,
        )
        self._after = found[-1].number if len(found) == ROUND else 0
        for review in found:
            with log_context(review.review_id):
                await self._reconcile_safely(review)

    async def _reconcile_safely(self, review: Review) -> None:
        try:
            await self._reconcile(review)
        except (QueueUnavailable, *DATABASE_ERRORS):
            raise
        except Exception:  # one review must not keep the others from being found
            logger.exception("review %d cannot be reconciled", review.number)

    async def _reconcile(self, seen: Review) -> None:
        job_open = seen.entry_id is not None and await self._jobs.contains(seen.entry_id)
        outcomes_open = await self._outcomes.length()
        # Read again: job, outcome and row are read in the order in which a review passes them. So
        # a review that moves on meanwhile is found at a later step and does not count as lost.
        review = await self._reviews.by_id(seen.review_id)
        if review is None:
            return
        match verdict(review, job_open=job_open, outcomes_open=outcomes_open):
            case Verdict.PUBLISH:
                place = await self._jobs.publish(review.job())
                await self._reviews.published(review.number, place.entry_id)
                logger.info("review %d is queued again", review.number)
            case Verdict.ANSWER:
                await self._answers.answer(review.number)
            case Verdict.GIVE_UP:
                await self._give_up(review)
            case Verdict.LEAVE if job_open:
                await self._tell_delayed(review)
            case Verdict.LEAVE:
                pass

    async def _tell_delayed(self, review: Review) -> None:
        """Show once, in the receipt, that the wait is long because no worker reads reviews."""
        young = -AHEAD_MS <= now_ms() - review.accepted_ms < DELAYED_AFTER_MS
        if young or review.number in self._told or await self._jobs.is_read():
            return
        self._told.add(review.number)
        await self._answers.delay(review.number)

    async def _give_up(self, review: Review) -> None:
        logger.error("review %d is passed to a person: %s", review.number, LOST)
        no_model = ModelName(name="none", version="0")
        outcome = Outcome(review_id=review.review_id, model=no_model, error=LOST)
        await self._reviews.record(review.number, outcome, now_ms())
        await self._answers.answer(review.number)
