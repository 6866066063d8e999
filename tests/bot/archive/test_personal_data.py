"""What the archive holds of one person, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.personal_data import Copy, PersonalData
from bot.archive.reviews import Reviews
from bot.archive.tables import cards, outcomes
from tests.bot.samples import new, outcome

ANNA, BORIS, GROUP = 555, 556, -5


@pytest.fixture
def belongings(engine: AsyncEngine) -> PersonalData:
    return PersonalData(engine)


async def card(archive: Reviews, user_id: int) -> int:
    """Accept and answer a review; return its number."""
    review = await archive.accept(new(user_id=user_id))
    await archive.record(review.number, outcome(review.review_id), 5)
    await archive.answered(review.number, 6)
    return review.number


async def show(archive: Reviews, message_id: int, *numbers: int) -> None:
    digest = len(numbers) > 1
    await archive.record_card(
        numbers, chat_id=GROUP, message_id=message_id, digest=digest, now_ms=message_id
    )


async def test_every_message_that_shows_a_persons_review_is_found_once(
    archive: Reviews, belongings: PersonalData
) -> None:
    first, second = await card(archive, ANNA), await card(archive, ANNA)
    other = await card(archive, BORIS)
    await show(archive, 10, first)
    await show(archive, 11, first, second, other)
    await show(archive, 12, other)
    assert await belongings.copies(ANNA) == [
        Copy(GROUP, 10, False, (first,)),
        Copy(GROUP, 11, True, (first, second, other)),
    ]
    assert [copy.message_id for copy in await belongings.copies(BORIS)] == [11, 12]
    assert await belongings.copies(557) == []


async def test_erasing_a_person_does_not_change_the_data_of_others(
    archive: Reviews, belongings: PersonalData, engine: AsyncEngine
) -> None:
    mine, other = await card(archive, ANNA), await card(archive, BORIS)
    await show(archive, 11, mine, other)
    theirs = await archive.of(BORIS)
    assert await belongings.erase(ANNA) == 1
    assert await archive.of(ANNA) == []
    assert await archive.of(BORIS) == theirs
    async with engine.connect() as connection:
        for table in (outcomes, cards):
            assert await connection.scalar(select(func.count()).select_from(table)) == 1
    assert await belongings.erase(ANNA) == 0


async def test_reviews_after_the_given_number_are_neither_found_nor_erased(
    archive: Reviews, belongings: PersonalData
) -> None:
    first, later = await card(archive, ANNA), await card(archive, ANNA)
    await show(archive, 10, first)
    await show(archive, 11, later)
    await show(archive, 12, first, later)
    assert [copy.message_id for copy in await belongings.copies(ANNA, first)] == [10, 12]
    assert await belongings.erase(ANNA, first) == 1
    assert [review.number for review in await archive.of(ANNA)] == [later]


async def test_an_erased_review_leaves_no_bytes_in_the_sqlite_files(
    sqlite_url: str, reviews: Reviews, sqlite_engine: AsyncEngine
) -> None:
    sent = new(user_id=ANNA, source="a-source-of-its-own")
    await reviews.accept(sent)
    folder = Path(sqlite_url.partition("///")[2]).parent

    def stored() -> bytes:
        return b"".join(file.read_bytes() for file in folder.iterdir())

    marks = [sent.form_id.encode(), str(sent.review_id).encode(), sent.source.encode()]
    assert all(mark in stored() for mark in marks)
    await PersonalData(sqlite_engine).erase(ANNA)
    await PersonalData(sqlite_engine).truncate_log()
    assert not [mark for mark in marks if mark in stored()]
