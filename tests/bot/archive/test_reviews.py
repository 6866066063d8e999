"""The archive of reviews, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.tables import cards, metadata, outcomes, reviews
from tests.bot.samples import NEW, TEXT, new, outcome
from triage.errors import BadSeal
from triage.key_file import new_key
from triage.sealing import Seal

LONG_AGO_MS, NOW_MS = 1_000, 1_700_000_000_000


async def again(archive: Reviews, review: Review) -> Review:
    found = await archive.by_number(review.number)
    assert found is not None
    return found


async def answered(archive: Reviews, **changes: object) -> Review:
    review = await archive.accept(new(**changes))
    await archive.answered(review.number, NOW_MS)
    return await again(archive, review)


async def numbers_without_card(archive: Reviews) -> list[int]:
    return [review.number for review in await archive.without_card(100)]


async def numbers_of_unanswered(archive: Reviews, after: int = 0) -> list[int]:
    found = await archive.unanswered(accepted_before_ms=NOW_MS, after=after, limit=100)
    return [review.number for review in found]


async def test_an_accepted_review_is_read_back_unchanged(archive: Reviews) -> None:
    text = "Ёж 🙂 <b>&\n\N{COMBINING ACUTE ACCENT}"
    review = await archive.accept(replace(NEW, text=text))
    assert review == Review(
        number=1,
        review_id=NEW.review_id,
        user_id=NEW.user_id,
        chat_id=NEW.chat_id,
        message_id=NEW.message_id,
        language="ru",
        rating=2,
        tags=("DELIVERY", "PRICE"),
        text=text,
        source="qr-7",
        accepted_ms=NEW.accepted_ms,
        entry_id=None,
        publishes=0,
        answered_ms=None,
        undelivered=None,
        chart_file_id=None,
        all_file_id=None,
        carded_ms=None,
        answer=None,
    )
    assert review == await archive.by_form(NEW.form_id) == await archive.by_id(NEW.review_id)
    assert review == await archive.by_number(1)


async def test_a_review_may_have_no_rating(archive: Reviews) -> None:
    review = await archive.accept(replace(NEW, rating=None, tags=()))
    assert review.rating is None
    assert review.job().rating is None
    assert review == await archive.by_number(review.number)


async def test_a_missing_review_is_returned_as_none(archive: Reviews) -> None:
    assert await archive.by_number(1) is None
    assert await archive.by_form("form") is None
    assert await archive.by_id(uuid4()) is None


async def test_the_largest_telegram_ids_can_be_stored(archive: Reviews) -> None:
    largest = 2**52 - 1
    sent = new(user_id=largest, chat_id=-largest, message_id=2**31)
    review = await archive.accept(sent)
    assert (review.user_id, review.chat_id, review.message_id) == (largest, -largest, 2**31)


async def test_a_form_that_is_sent_again_gives_the_same_review(archive: Reviews) -> None:
    first = await archive.accept(NEW)
    assert await archive.accept(replace(NEW, review_id=uuid4(), text="changed")) == first


async def test_twenty_concurrent_submissions_of_a_form_give_one_review(archive: Reviews) -> None:
    sent = [replace(NEW, review_id=UUID(int=i)) for i in range(20)]
    accepted = await asyncio.gather(*map(archive.accept, sent))
    assert len(set(accepted)) == 1
    assert len(await archive.of(NEW.user_id)) == 1


async def test_twenty_concurrent_people_get_twenty_different_numbers(archive: Reviews) -> None:
    accepted = await asyncio.gather(*(archive.accept(new(user_id=i)) for i in range(20)))
    assert len({review.number for review in accepted}) == 20
    assert sorted(review.user_id for review in accepted) == list(range(20))


async def test_a_review_number_is_never_reused(archive: Reviews, engine: AsyncEngine) -> None:
    first, second = await archive.accept(new()), await archive.accept(new())
    async with engine.begin() as connection:
        await connection.execute(delete(reviews))
    third = await archive.accept(new())
    assert first.number < second.number < third.number


async def test_publishing_is_counted_and_the_last_entry_id_is_stored(archive: Reviews) -> None:
    review = await archive.accept(new())
    await archive.published(review.number, "1-0")
    await archive.published(review.number, "2-0")
    review = await again(archive, review)
    assert (review.entry_id, review.publishes) == ("2-0", 2)


async def test_the_oldest_unanswered_reviews_come_first(archive: Reviews) -> None:
    accepted = [await archive.accept(new(accepted_ms=LONG_AGO_MS)) for _ in range(5)]
    await archive.accept(new(accepted_ms=NOW_MS))  # too young to be missed
    await archive.answered(accepted[1].number, NOW_MS)
    await archive.gave_up(accepted[2].number, NOW_MS, "blocked")
    await archive.record(accepted[3].number, outcome(accepted[3].review_id), NOW_MS)
    left = [accepted[i].number for i in (0, 3, 4)]
    assert await numbers_of_unanswered(archive) == left
    assert await numbers_of_unanswered(archive, after=left[0]) == left[1:]
    first = await archive.unanswered(accepted_before_ms=NOW_MS, after=0, limit=1)
    assert [review.number for review in first] == left[:1]


async def test_answered_reviews_without_a_card_are_returned_in_order(archive: Reviews) -> None:
    waiting = await archive.accept(new())
    shown = [await answered(archive) for _ in range(3)]
    unreachable = await archive.accept(new())
    await archive.gave_up(unreachable.number, NOW_MS, "blocked")
    without_card = [*(review.number for review in shown), unreachable.number]
    assert await numbers_without_card(archive) == without_card
    assert await archive.count_without_card() == 4
    assert [review.number for review in await archive.without_card(2)] == without_card[:2]
    await archive.record_card(
        without_card[:2], chat_id=-5, message_id=9, digest=True, now_ms=NOW_MS
    )
    assert await numbers_without_card(archive) == without_card[2:]
    await archive.answered(waiting.number, NOW_MS)
    assert await numbers_without_card(archive) == [waiting.number, *without_card[2:]]


async def test_every_message_that_showed_a_review_is_recorded(
    archive: Reviews, engine: AsyncEngine
) -> None:
    first, second = await answered(archive), await answered(archive)
    both = [first.number, second.number]
    await archive.record_card(both, chat_id=-5, message_id=9, digest=True, now_ms=NOW_MS)
    await archive.record_card(
        [first.number], chat_id=-5, message_id=10, digest=False, now_ms=NOW_MS + 1
    )
    async with engine.connect() as connection:
        rows = (await connection.execute(select(cards).order_by(cards.c.message_id))).all()
    assert {(row.message_id, row.number, row.digest) for row in rows} == {
        (9, first.number, True),
        (9, second.number, True),
        (10, first.number, False),
    }
    assert (await again(archive, first)).carded_ms == NOW_MS + 1


async def test_a_message_that_showed_an_erased_review_is_not_recorded(archive: Reviews) -> None:
    left = await answered(archive)
    both = [left.number, left.number + 1]
    assert not await archive.record_card(both, chat_id=-5, message_id=9, digest=True, now_ms=NOW_MS)
    assert await numbers_without_card(archive) == [left.number]
    alone = [left.number]
    assert await archive.record_card(alone, chat_id=-5, message_id=9, digest=True, now_ms=NOW_MS)


async def test_a_message_that_is_recorded_again_counts_as_recorded(
    archive: Reviews, engine: AsyncEngine
) -> None:
    review = await answered(archive)
    where = {"chat_id": -5, "message_id": 9, "digest": False}
    for now_ms in (NOW_MS, NOW_MS + 1):
        assert await archive.record_card([review.number], **where, now_ms=now_ms, links=[7])
    assert (await again(archive, review)).carded_ms == NOW_MS
    async with engine.connect() as connection:
        assert len((await connection.execute(select(cards))).all()) == 1


async def test_deleting_a_review_deletes_its_outcomes_and_cards(
    archive: Reviews, engine: AsyncEngine
) -> None:
    review = await answered(archive)
    await archive.record(review.number, outcome(review.review_id), NOW_MS)
    await archive.record_card(
        [review.number], chat_id=-5, message_id=9, digest=False, now_ms=NOW_MS
    )
    async with engine.begin() as connection:
        await connection.execute(delete(reviews))
        for table in (outcomes, cards):
            assert (await connection.execute(select(table))).all() == []


async def test_only_the_reviews_of_the_given_person_are_returned(archive: Reviews) -> None:
    mine = [await archive.accept(new(user_id=1)) for _ in range(3)]
    await archive.accept(new(user_id=2))
    assert await archive.of(1) == mine
    assert await archive.of(3) == []


async def test_the_job_of_a_review_contains_what_was_sent(archive: Reviews) -> None:
    job = (await archive.accept(NEW)).job()
    assert (job.review_id, job.rating, job.tags, job.text, job.language, job.enqueued_ms) == (
        NEW.review_id,
        NEW.rating,
        NEW.tags,
        NEW.text,
        NEW.language,
        NEW.accepted_ms,
    )


async def test_a_review_cannot_be_read_with_another_key(
    archive: Reviews, engine: AsyncEngine
) -> None:
    await archive.accept(NEW)
    with pytest.raises(BadSeal):
        await Reviews(engine, Seal([new_key()])).by_form(NEW.form_id)


async def test_the_sqlite_files_contain_no_plain_review_text(
    sqlite_url: str, reviews: Reviews
) -> None:
    review = await reviews.accept(NEW)
    await reviews.record(review.number, outcome(review.review_id), NOW_MS)
    folder = Path(sqlite_url.partition("///")[2]).parent
    names = {file.name for file in folder.iterdir()}
    assert names == {"archive.db", "archive.db-wal", "archive.db-shm"}
    stored = b"".join(file.read_bytes() for file in folder.iterdir())
    assert NEW.form_id.encode() in stored
    assert_sealed(stored)


async def test_no_column_contains_plain_review_text(archive: Reviews, engine: AsyncEngine) -> None:
    review = await archive.accept(NEW)
    await archive.record(review.number, outcome(review.review_id), NOW_MS)
    async with engine.connect() as connection:
        for table in metadata.tables.values():
            for row in await connection.execute(select(table)):
                assert_sealed(repr([*row]).encode())
                assert_sealed(b"".join(value for value in row if isinstance(value, bytes)))


def assert_sealed(stored: bytes) -> None:
    for word in TEXT.split():
        if len(word) > 4:
            for encoding in ("utf-8", "utf-16-le", "unicode_escape"):
                assert word.encode(encoding) not in stored
