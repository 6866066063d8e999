"""Leases, private messages, searches and exports, on SQLite and on PostgreSQL."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.database import open_database
from bot.archive.desk_messages import PrivateCopy, QueueCard, Shows
from bot.archive.own_cases import CasesByOwner
from bot.archive.personal_data import PersonalData
from bot.archive.queue_store import LEASE_MS, QUEUE_SOURCE
from bot.archive.shown_cards import ShownCards, StaleCard
from bot.archive.transfer import copy_archive
from bot.clock import now_ms
from bot.desk.case_desk import Doer
from bot.desk.cases import Act
from tests.bot.private_desk.bench import ANNA, BORIS, OLGA, PrivateDesk
from triage.cascade import Confidence

AUTHOR = 600


@pytest.fixture
def desk(engine: AsyncEngine) -> PrivateDesk:
    return PrivateDesk(None, engine)  # type: ignore[arg-type]


async def test_only_one_of_many_concurrent_claims_of_a_review_succeeds(desk: PrivateDesk) -> None:
    review = await desk.review()
    people = range(100, 120)
    won = await asyncio.gather(*(desk.store.claim(review.number, p, 5) for p in people))
    assert sum(won) == 1


async def test_the_queue_store_returns_doubts_disputes_and_label_counts(desk: PrivateDesk) -> None:
    now = now_ms()
    doubt, disputed = await desk.review(), await desk.review(confidence=Confidence.SURE)
    await desk.says(BORIS, disputed, 3)
    await desk.says(ANNA, disputed, 5, 3)

    assert [one.number for one in await desk.store.doubts(OLGA, now)] == [doubt.number]
    assert await desk.store.disputed(OLGA, now) == [disputed.number]
    assert await desk.store.labels_of_classes() == {3: 2, 5: 1}
    await desk.store.skip(doubt.number, OLGA, now)
    await desk.store.skip(doubt.number, OLGA, now)
    assert await desk.store.doubts(OLGA, now) == []
    await desk.store.unskip(doubt.number, OLGA)
    assert len(await desk.store.doubts(OLGA, now)) == 1
    assert await desk.store.texts([doubt.number]) == {doubt.number: doubt.text}


async def test_a_message_is_recorded_with_its_reviews_until_they_are_erased(
    desk: PrivateDesk, engine: AsyncEngine
) -> None:
    theirs, other = await desk.review(user_id=AUTHOR), await desk.review()
    assert await desk.messages.record_card(OLGA, 10, QueueCard(other.number, 5), 1)
    assert await desk.messages.record_card(OLGA, 10, QueueCard(theirs.number, 4, other.number), 2)
    assert await desk.messages.record_list(OLGA, 11, [theirs.number, other.number], 3)
    assert await desk.messages.record_list(OLGA, 11, [other.number, theirs.number], 4)

    assert await desk.messages.card(OLGA, 10) == QueueCard(theirs.number, 4, other.number)
    assert await desk.messages.card(OLGA, 11) is None
    assert await desk.messages.with_reviews_of(AUTHOR) == [
        PrivateCopy(OLGA, 10, theirs.number, Shows.QUEUE),
        PrivateCopy(OLGA, 11, theirs.number, Shows.LIST),
    ]
    await PersonalData(engine).erase(AUTHOR)
    assert await desk.messages.shown(OLGA, 11) == {other.number}
    assert await desk.messages.with_reviews_of(AUTHOR) == []
    assert not await desk.messages.record_card(OLGA, 12, QueueCard(theirs.number, 0), 5)
    assert not await desk.messages.record_list(OLGA, 12, [other.number, theirs.number], 5)
    assert await desk.messages.shown(OLGA, 12) == set()


async def test_cases_and_exports_are_found_by_person(
    desk: PrivateDesk, engine: AsyncEngine
) -> None:
    theirs = await desk.review(user_id=AUTHOR)
    await desk.acts(OLGA, theirs, Act.TAKE)
    assert (await CasesByOwner(engine).of(OLGA, now_ms())).taken == (theirs.number,)
    await desk.says(OLGA, theirs, 5)
    batches = [batch async for batch in desk.training_rows.since(0)]
    assert [review.number for batch in batches for review in batch] == [theirs.number]

    export_id = await desk.log.begin([theirs.number], OLGA, 7)
    assert export_id is not None
    assert await desk.log.sent(export_id, 30) == 1
    assert await desk.log.begin([999], OLGA, 7) is None
    assert await desk.log.times_of(AUTHOR) == {theirs.number: [7]}
    await PersonalData(engine).erase(AUTHOR)
    assert await desk.log.with_reviews_of(AUTHOR) == []
    assert await desk.log.sent(export_id, 30) == 0


async def test_private_tables_are_copied_to_another_database(
    desk: PrivateDesk, engine: AsyncEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    review = await desk.review(user_id=AUTHOR)
    await desk.store.claim(review.number, OLGA, 5)
    await desk.store.skip(review.number, BORIS, 5)
    await desk.messages.record_list(OLGA, 11, [review.number], 3)
    first = await desk.log.begin([review.number], None, 7)
    target = await open_database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('moved')}/b.db")
    await copy_archive(engine, target)

    moved = PrivateDesk(None, target)  # type: ignore[arg-type]
    assert not await moved.store.claim(review.number, BORIS, 6)
    assert await moved.messages.shown(OLGA, 11) == {review.number}
    second = await moved.log.begin([review.number], None, 8)
    assert first is not None
    assert second is not None
    assert second > first
    await target.dispose()


async def test_cards_changed_in_the_queue_are_edited_after_its_lease_ends(
    desk: PrivateDesk, engine: AsyncEngine
) -> None:
    review, shown, now = await desk.review(), ShownCards(engine), now_ms()
    await desk.reviews.record_card(
        [review.number], chat_id=-5, message_id=10, digest=False, now_ms=5
    )
    other = await desk.review()
    await desk.store.claim(other.number, OLGA, now)
    await desk.desk.settle(review, (5,), Doer(OLGA, f"{QUEUE_SOURCE}1", now))

    assert await shown.next_stale(-5, now) is None
    rested = now + LEASE_MS + 1
    assert await shown.next_stale(-5, rested) == StaleCard(-5, 10, review.number, 0)
    await desk.acts(OLGA, review, Act.TAKE)  # a tap on the card itself is shown at once
    assert await shown.next_stale(-5, now) == StaleCard(-5, 10, review.number, 0)
    await desk.desk.act(review.number, Act.CLOSE, Doer(OLGA, f"{QUEUE_SOURCE}2", now))
    assert await shown.next_stale(-5, now) is None
    await desk.store.release(OLGA)
    assert await shown.next_stale(-5, now) == StaleCard(-5, 10, review.number, 0)
