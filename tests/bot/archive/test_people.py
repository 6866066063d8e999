"""The languages that people chose, on SQLite and on PostgreSQL."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.people import People


async def test_a_language_is_stored_until_another_one_is_chosen(people: People) -> None:
    assert await people.language(5) is None
    await people.choose_language(5, "ru")
    await people.choose_language(6, "ru")
    await people.choose_language(5, "en")
    await people.choose_language(5, "en")
    assert await people.language(5) == "en"
    assert await people.language(6) == "ru"


async def test_ten_concurrent_choices_store_one_language(people: People) -> None:
    await asyncio.gather(*(people.choose_language(5, "ru") for _ in range(10)))
    assert await people.language(5) == "ru"


async def test_a_language_that_is_no_longer_supported_counts_as_none(
    people: People, engine: AsyncEngine
) -> None:
    await people.choose_language(5, "de")  # type: ignore[arg-type]
    assert await people.language(5) is None
