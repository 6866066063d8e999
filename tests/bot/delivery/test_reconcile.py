from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.archive.records import NewReview, Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.reconcile import LOST, Reconciler, Verdict, verdict
from tests.bot.eventually import eventually, running
from tests.bot.samples import REVIEW, SEAL, answer, new, outcome
from triage.errors import QueueUnavailable
from triage.queue.limits import JOBS, MAX_PUBLISHES, OUTCOMES
from triage.queue.messages import Job, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, Stream

LOST_ONE = replace(REVIEW, publishes=1)
UNQUEUED = replace(REVIEW, entry_id=None, publishes=0)
WORN = replace(REVIEW, publishes=MAX_PUBLISHES)
ARCHIVED = replace(REVIEW, answer=answer())
ANSWERED = replace(ARCHIVED, answered_ms=5)


@pytest.mark.parametrize(
    ("review", "job_open", "outcomes_open", "then"),
    [
        (LOST_ONE, False, 0, Verdict.PUBLISH),
        (LOST_ONE, True, 0, Verdict.LEAVE),
        (LOST_ONE, False, 1, Verdict.LEAVE),
        (LOST_ONE, True, 1, Verdict.LEAVE),
        (UNQUEUED, False, 0, Verdict.PUBLISH),
        (UNQUEUED, False, 3, Verdict.LEAVE),
        (WORN, False, 0, Verdict.GIVE_UP),
        (WORN, True, 0, Verdict.LEAVE),
        (WORN, False, 1, Verdict.LEAVE),
        (ARCHIVED, False, 0, Verdict.ANSWER),
        (ARCHIVED, True, 7, Verdict.ANSWER),
        (replace(WORN, answer=answer()), False, 0, Verdict.ANSWER),
        (ANSWERED, False, 0, Verdict.LEAVE),
        (replace(WORN, answered_ms=5), False, 0, Verdict.LEAVE),
    ],
)
def test_a_review_is_requeued_only_without_a_job_and_a_possible_outcome(
    review: Review, job_open: bool, outcomes_open: int, then: Verdict
) -> None:
    assert verdict(review, job_open=job_open, outcomes_open=outcomes_open) is then


class Shown:
    """Answers to nobody; keeps which reviews it was to answer, and fails at some."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.delayed: list[int] = []
        self.fails_at: set[int] = set()

    async def answer(self, number: int) -> None:
        if number in self.fails_at:
            raise RuntimeError("a broken chart")
        self.numbers.append(number)

    async def delay(self, number: int) -> None:
        self.delayed.append(number)


class Workplace:
    """A reconciler with an archive and streams of its own."""

    def __init__(self, reviews: Reviews, connections: Connections) -> None:
        self.reviews = reviews
        self.redis = connections.commands
        self.jobs = job_stream(connections, SEAL)
        self.outcomes = outcome_stream(connections, SEAL)
        self.shown = Shown()
        self.reconciler = self.hired()

    def hired(self, outcomes: object = None, every_s: float = 0.01) -> Reconciler:
        return Reconciler(
            self.reviews,
            self.jobs,
            outcomes or self.outcomes,  # type: ignore[arg-type]
            self.shown,  # type: ignore[arg-type]
            every_s,
        )

    async def accepted(self, sent: NewReview | None = None) -> Review:
        return await self.reviews.accept(sent or new())

    async def queued(self) -> Review:
        review = await self.accepted()
        place = await self.jobs.publish(review.job())
        await self.reviews.published(review.number, place.entry_id)
        return review

    async def again(self, review: Review) -> Review:
        found = await self.reviews.by_number(review.number)
        assert found is not None
        return found

    async def waiting(self) -> list[Job]:
        await self.jobs.create_group()
        return [delivery.message for delivery in await self.jobs.read(1000, block_ms=0)]


@pytest.fixture
def place(reviews: Reviews, fake_connections: Connections) -> Workplace:
    return Workplace(reviews, fake_connections)


async def test_a_review_that_was_never_queued_is_queued(place: Workplace) -> None:
    review = await place.accepted()
    await place.reconciler.round()
    stored = await place.again(review)
    assert stored.publishes == 1
    assert await place.jobs.contains(stored.entry_id or "")
    assert await place.waiting() == [review.job()]


async def test_a_backlog_is_not_requeued_however_long_it_waits(place: Workplace) -> None:
    queued = [await place.queued() for _ in range(20)]
    for _ in range(3):
        await place.reconciler.round()
    assert await place.waiting() == [review.job() for review in queued]


async def test_a_long_delay_without_a_worker_is_reported_once(place: Workplace) -> None:
    queued = [await place.queued() for _ in range(2)]
    for _ in range(3):
        await place.reconciler.round()
    assert place.shown.delayed == [review.number for review in queued]


async def test_no_delay_is_reported_for_a_new_review_or_while_a_worker_reads(
    place: Workplace,
) -> None:
    young = await place.accepted(new(accepted_ms=now_ms() - 30_000))
    await place.reconciler.round()
    assert (await place.again(young)).publishes == 1
    await place.queued()
    await place.jobs.create_group()
    async with running(place.jobs.keep_leases()):
        await eventually(place.jobs.is_read)
        await place.reconciler.round()
    assert place.shown.delayed == []


async def test_a_flushed_redis_loses_no_review(place: Workplace) -> None:
    queued = [await place.queued() for _ in range(20)]
    await place.redis.flushall()
    await place.reconciler.round()
    await place.reconciler.round()
    assert await place.waiting() == [review.job() for review in queued]


async def test_a_review_is_not_requeued_while_its_outcome_may_be_pending(
    place: Workplace,
) -> None:
    review = await place.queued()
    await place.redis.delete(JOBS)
    await place.outcomes.publish(outcome(review.review_id))
    await place.reconciler.round()
    assert await place.jobs.length() == 0
    await place.redis.delete(OUTCOMES)
    await place.reconciler.round()
    assert await place.jobs.length() == 1


async def test_a_review_that_was_just_sent_is_not_queued_by_the_reconciler(
    place: Workplace,
) -> None:
    await place.accepted(new(accepted_ms=now_ms()))
    await place.reconciler.round()
    assert await place.jobs.length() == 0


async def test_an_archived_answer_that_was_not_shown_is_shown(place: Workplace) -> None:
    review = await place.queued()
    await place.reviews.record(review.number, outcome(review.review_id), 5)
    await place.reconciler.round()
    assert place.shown.numbers == [review.number]
    await place.reviews.answered(review.number, 6)
    await place.reconciler.round()
    assert place.shown.numbers == [review.number]


async def test_a_review_that_is_lost_repeatedly_is_passed_to_a_person(place: Workplace) -> None:
    review = await place.accepted()
    for _ in range(MAX_PUBLISHES):
        await place.reconciler.round()
        await place.redis.flushall()
    assert place.shown.numbers == []
    await place.reconciler.round()
    assert await place.jobs.length() == 0
    assert place.shown.numbers == [review.number]
    known = (await place.again(review)).answer
    assert known is not None
    assert (known.decision, known.error) == (None, LOST)


class Meanwhile:
    """Outcomes of which none is open, because the last was archived as that was asked."""

    def __init__(self, archived: Callable[[], object]) -> None:
        self._archived = archived

    async def length(self) -> int:
        await self._archived()  # type: ignore[misc]
        return 0


async def test_a_review_answered_during_the_round_is_not_treated_as_lost(
    place: Workplace,
) -> None:
    review = await place.queued()
    await place.redis.delete(JOBS)
    told = outcome(review.review_id)
    outcomes = Meanwhile(lambda: place.reviews.record(review.number, told, 5))
    await place.hired(outcomes).round()
    assert await place.jobs.length() == 0
    assert place.shown.numbers == [review.number]


async def test_one_failing_review_does_not_block_the_others(place: Workplace) -> None:
    reviews = [await place.queued() for _ in range(3)]
    for review in reviews:
        await place.reviews.record(review.number, outcome(review.review_id), 5)
    place.shown.fails_at = {reviews[0].number}
    await place.reconciler.round()
    assert place.shown.numbers == [review.number for review in reviews[1:]]


async def test_each_round_handles_the_next_reviews_and_then_starts_over(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.reconcile.ROUND", 2)
    reviews = [await place.queued() for _ in range(5)]
    for review in reviews:
        await place.reviews.record(review.number, outcome(review.review_id), 5)
    numbers = [review.number for review in reviews]
    for _ in range(3):
        await place.reconciler.round()
    assert place.shown.numbers == numbers
    await place.reconciler.round()
    assert place.shown.numbers == [*numbers, *numbers[:2]]


class Down:
    """Outcomes on a Redis that is away at first."""

    def __init__(self, outcomes: Stream[Outcome], times: int) -> None:
        self._outcomes = outcomes
        self._times = times

    async def length(self) -> int:
        self._times -= 1
        if self._times >= 0:
            raise QueueUnavailable("Redis: ConnectionError")
        return await self._outcomes.length()


async def test_reconciling_continues_when_redis_is_back(place: Workplace) -> None:
    review = await place.accepted()
    reconciler = place.hired(Down(place.outcomes, 3))

    async def queued() -> bool:
        return await place.jobs.length() == 1

    async with running(reconciler.run()):
        await eventually(queued)
    assert await place.waiting() == [review.job()]


AHEAD_MS = 3_600_000


async def test_a_review_dated_in_the_future_is_queued_and_its_delay_is_reported(
    place: Workplace,
) -> None:
    lost = await place.accepted(new(accepted_ms=now_ms() + AHEAD_MS))
    await place.reconciler.round()
    assert (await place.again(lost)).publishes == 1
    await place.reconciler.round()
    assert place.shown.delayed == [lost.number]


async def test_a_review_dated_slightly_in_the_future_counts_as_new(
    place: Workplace,
) -> None:
    await place.accepted(new(accepted_ms=now_ms() + 2_000))
    await place.reconciler.round()
    assert await place.jobs.length() == 0
