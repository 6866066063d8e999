"""Requests to be erased, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.consents import Consents
from bot.archive.erasure_store import (
    DONE_KEPT_MS,
    LONGEST_PAUSE_MS,
    STUCK_TRIES,
    ErasureRequest,
    ErasureState,
    ErasureStore,
    Receipt,
)
from bot.archive.people import People
from bot.archive.reviews import Reviews
from tests.bot.samples import new

ANNA, BORIS, NOW = 555, 556, 1_700_000_000_000


@pytest.fixture
def store(engine: AsyncEngine) -> ErasureStore:
    return ErasureStore(engine)


async def asked(
    store: ErasureStore, user_id: int = ANNA, message_id: int = 7, now_ms: int = NOW
) -> ErasureRequest:
    request = await store.ask(user_id, message_id, "en", None, now_ms)
    assert request is not None
    return request


async def test_a_request_covers_only_the_reviews_stored_when_it_was_made(
    archive: Reviews, store: ErasureStore
) -> None:
    theirs = [await archive.accept(new(user_id=ANNA)) for _ in range(2)]
    await archive.accept(new(user_id=BORIS))
    request = await asked(store)
    await archive.accept(new(user_id=ANNA))

    assert request.state is ErasureState.WAITING
    assert request.review_ids == {review.review_id for review in theirs}
    assert (request.reviews, request.last_number) == (2, theirs[-1].number)
    assert await asked(store, now_ms=NOW + 5) == request
    assert await asked(store, message_id=8) == request
    assert await store.under_way(ANNA) == request
    assert await store.due(ErasureState.WAITING, NOW) == [request]


async def test_a_request_deletes_language_and_consent_even_without_reviews(
    archive: Reviews, store: ErasureStore, people: People, engine: AsyncEngine
) -> None:
    for user_id in (ANNA, BORIS):
        await people.choose_language(user_id, "en")
        await Consents(engine).decide(user_id, is_given=True, now_ms=5)
    assert await store.ask(ANNA, 7, "en", None, NOW) is None
    assert await people.language(ANNA) is None
    assert not (await Consents(engine).of(ANNA)).is_given
    assert await people.language(BORIS) == "en"
    assert (await Consents(engine).of(BORIS)).is_given
    assert await store.counts() == (0, 0)


async def test_a_request_may_cover_only_a_draft(store: ErasureStore) -> None:
    request = await store.ask(ANNA, 7, "en", "form", NOW)
    assert request is not None
    assert (request.form_id, request.reviews, request.review_ids) == ("form", 0, frozenset())


async def test_a_request_passes_through_all_states_and_is_retained_for_a_day(
    archive: Reviews, store: ErasureStore
) -> None:
    await archive.accept(new(user_id=ANNA))
    request = await asked(store)
    receipts = (Receipt(1, ANNA, 3, "ru"),)
    await store.cleared(request, receipts, left=2, exported=1)
    found = await store.of(ANNA, 7)
    assert found == replace(request, receipts=receipts, out_of_reach=2, exported=1)

    await store.forget_reviews(request)
    for state in (ErasureState.CLEARED, ErasureState.ENDED, ErasureState.DONE):
        await store.move(request, state)
        [found] = await store.due(state, NOW)
        assert (found.review_ids, found.receipts, found.reviews) == (frozenset(), (), 1)
    assert await store.under_way(ANNA) is None
    await store.drop_done(NOW + DONE_KEPT_MS - 1)
    assert await store.of(ANNA, 7) is not None
    await store.drop_done(NOW + DONE_KEPT_MS)
    assert await store.of(ANNA, 7) is None


async def test_a_failed_request_is_retried_later_and_finally_counts_as_stuck(
    archive: Reviews, store: ErasureStore
) -> None:
    await archive.accept(new(user_id=ANNA))
    request = await asked(store)
    for tries in range(STUCK_TRIES):
        assert await store.counts() == (1, 0)
        await store.failed(replace(request, tries=tries), NOW + LONGEST_PAUSE_MS)
    assert await store.counts() == (1, 1)
    assert await store.due(ErasureState.WAITING, NOW) == []
    assert len(await store.due(ErasureState.WAITING, NOW + LONGEST_PAUSE_MS)) == 1
    # The clock was set back by a day.
    assert len(await store.due(ErasureState.WAITING, NOW - 86_400_000)) == 1
