"""What goes of an old review and what stays, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.address import Address
from bot.archive.counts import count_reviews
from bot.archive.dialogue import Dialogue
from bot.archive.old_reviews import OldReviews
from bot.archive.personal_data import Copy
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.tables import events, outcomes
from tests.bot.dialogue.replies import REPLY
from tests.bot.samples import SEAL, new, outcome

GROUP, NOW = -5, 10_000


@pytest.fixture
def old(engine: AsyncEngine) -> OldReviews:
    return OldReviews(engine, SEAL)


async def sent(archive: Reviews, accepted_ms: int, *, answered: bool = True) -> Review:
    review = await archive.accept(new(accepted_ms=accepted_ms))
    if answered:
        await archive.record(review.number, outcome(review.review_id), accepted_ms + 1)
        await archive.answered(review.number, accepted_ms + 2, "chart")
        await archive.keep_picture(review.number, every_class=True, file_id="all")
    return review


async def test_only_answered_reviews_older_than_the_limit_are_due(
    archive: Reviews, old: OldReviews
) -> None:
    first, second = await sent(archive, 100), await sent(archive, 200)
    await sent(archive, 150, answered=False)
    await sent(archive, 1000)

    both = {first.number: first.review_id, second.number: second.review_id}
    assert await old.due(1000, 10) == both
    assert list(await old.due(1000, 1)) == [first.number]
    await old.expire([first.number], NOW)
    assert list(await old.due(1000, 10)) == [second.number]


async def test_expiry_deletes_texts_and_pictures_but_not_the_counted_fields(
    archive: Reviews, old: OldReviews, engine: AsyncEngine, database_url: str
) -> None:
    before = await sent(archive, 100)
    await old.expire([before.number], NOW)

    after = await archive.by_number(before.number)
    assert after is not None
    assert after.is_expired
    assert (after.text, after.chart_file_id, after.all_file_id) == ("", None, None)
    assert (after.rating, after.tags, after.source) == (before.rating, before.tags, before.source)
    assert after.answer is not None
    assert after.answer.probabilities == ()
    async with engine.connect() as connection:
        assert list(await connection.scalars(select(outcomes.c.classes))) == [[3]]
    counts = await count_reviews(Address(engine.url.render_as_string(hide_password=False)))
    assert (counts.total, counts.classes, counts.sources) == (1, {3: 1}, {before.source: 1})


async def test_an_expired_review_needs_no_card_and_does_not_count_as_refused(
    archive: Reviews, old: OldReviews
) -> None:
    review = await sent(archive, 100)
    assert await archive.count_without_card() == 1
    await old.expire([review.number], NOW)
    assert (await archive.count_without_card(), await archive.count_passed_over()) == (0, 0)


async def test_messages_that_show_an_expired_review_are_found_until_they_are_cleared(
    archive: Reviews, old: OldReviews
) -> None:
    first, second, third = [(await sent(archive, 100 + n)).number for n in range(3)]
    place = {"chat_id": GROUP, "now_ms": 500}
    await archive.record_card([first], message_id=10, digest=False, **place)
    await archive.record_card([first, second], message_id=11, digest=True, **place)
    await archive.record_card([third], message_id=12, digest=False, **place)
    assert await old.copies(10) == []

    await old.expire([first], NOW)
    card, digest = Copy(GROUP, 10, False, (first,)), Copy(GROUP, 11, True, (first, second))
    assert await old.copies(10) == [card, digest]
    assert await old.copies(1) == [card]
    for copy in (card, digest):
        await old.cleared(copy, [first])
    assert await old.copies(10) == []
    await old.expire([second], NOW)
    assert await old.copies(10) == [Copy(GROUP, 11, True, (second,))]


async def test_only_the_old_messages_of_an_expired_review_are_due(
    archive: Reviews, old: OldReviews, engine: AsyncEngine
) -> None:
    review, other = await sent(archive, 100), await sent(archive, 100)
    messages = Dialogue(engine, SEAL)
    for number in (review.number, other.number):
        for at in (200, 300, 5000):
            written = replace(REPLY, number=number, created_ms=at, source=f"{number}:{at}")
            assert await messages.add(written) is not None
    await old.expire([review.number], NOW)

    due = await messages.expired(1000, 10)
    assert [(message.number, message.created_ms) for message in due] == [
        (review.number, 200),
        (review.number, 300),
    ]
    assert await messages.expired(1000, 1) == due[:1]
    await messages.delete(due[0].id)
    assert await messages.expired(1000, 10) == due[1:]


async def test_only_the_old_notes_of_an_expired_review_are_deleted(
    archive: Reviews, old: OldReviews, engine: AsyncEngine
) -> None:
    review, other = await sent(archive, 100), await sent(archive, 100)
    fixed = {"kind": "note", "sealed_note": SEAL.close(b"x")}
    rows = [
        {"number": number, "at_ms": at, "source_id": f"{number}:{at}", **fixed}
        for number in (review.number, other.number)
        for at in (200, 5000)
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(events), rows)
    await old.expire([review.number], NOW)
    await old.delete_notes(1000)

    async with engine.connect() as connection:
        left = await connection.scalars(
            select(events.c.source_id).where(events.c.sealed_note.is_not(None))
        )
    kept = {f"{review.number}:5000", f"{other.number}:200", f"{other.number}:5000"}
    assert set(left) == kept
