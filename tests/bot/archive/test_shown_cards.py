"""Which cards are edited: those that show an old version, each at most every five seconds."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive import case_store, tables
from bot.archive.case_store import CaseStore, Stored
from bot.archive.desk_records import Case, CaseEvent
from bot.archive.due_versions import show_version
from bot.archive.link_store import DueLink, LinkStore
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import EDIT_EVERY_MS, ShownCards, StaleCard
from bot.archive.tables import cases
from bot.desk.cases import Act, decide
from tests.bot.samples import SEAL, new

GROUP, OLGA, NOW = -5, 7, 1_000_000


@pytest.fixture
def shown(sqlite_engine: AsyncEngine) -> ShownCards:
    return ShownCards(sqlite_engine)


@pytest.fixture
async def number(reviews: Reviews) -> int:
    """Return a review with a card in the group."""
    review = await reviews.accept(new())
    await reviews.record_card([review.number], chat_id=GROUP, message_id=10, digest=False, now_ms=1)
    return review.number


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Return what tells that a change of a case is ready to be stored, and what lets it go on."""
    ready, go_on = asyncio.Event(), asyncio.Event()

    async def hold(connection: AsyncConnection, *of: int, labelled: bool) -> None:
        await show_version(connection, *of, labelled=labelled)
        ready.set()
        await go_on.wait()

    monkeypatch.setattr(case_store, "show_version", hold)
    return ready, go_on


async def act(reviews: Reviews, number: int, *acts: Act) -> None:
    store = CaseStore(reviews._engine, SEAL)
    for what in acts:
        before = await store.case(number)
        after = decide(before, what, OLGA, NOW)
        assert isinstance(after, Case)
        event = CaseEvent(what, f"test:{number}:{after.version}", NOW, OLGA)
        assert await store.change(before, after, event) is Stored.DONE


async def test_a_card_is_edited_to_the_newest_state_at_most_every_five_seconds(
    shown: ShownCards, reviews: Reviews, number: int
) -> None:
    card, then = StaleCard(GROUP, 10, number, 0), StaleCard(GROUP, 10, number, 2)
    assert await shown.next_stale(GROUP, NOW) is None
    await act(reviews, number, Act.TAKE, Act.CLOSE)
    assert await shown.next_stale(GROUP, NOW) == card
    await shown.edited(card, 2, NOW)
    assert await shown.next_stale(GROUP, NOW) is None, "one edit shows both changes"

    await act(reviews, number, Act.REOPEN)
    found = {
        after: await shown.next_stale(GROUP, NOW + after)
        for after in (0, EDIT_EVERY_MS - 1, EDIT_EVERY_MS, -1)
    }
    assert list(found.values()) == [None, None, then, then], "-1: the clock was set back"


async def test_an_edit_that_had_begun_does_not_remove_a_mark(
    shown: ShownCards, number: int
) -> None:
    for marks in range(2):
        await shown.show_again(GROUP, 10)
        begun = await shown.next_stale(GROUP, NOW + marks * EDIT_EVERY_MS)
        assert begun is not None
        await shown.show_again(GROUP, 10)
        await shown.edited(begun, 0, NOW + marks * EDIT_EVERY_MS)
        assert await shown.next_stale(GROUP, NOW + (marks + 1) * EDIT_EVERY_MS) is not None


async def test_cards_in_private_chats_are_edited_but_links_and_digests_are_not(
    shown: ShownCards, reviews: Reviews, number: int
) -> None:
    await reviews.record_card([number], chat_id=OLGA, message_id=20, digest=False, now_ms=1)
    await reviews.record_card([number], chat_id=GROUP, message_id=11, digest=True, now_ms=1)
    await reviews.record_card([number], chat_id=-6, message_id=12, digest=False, now_ms=1)
    await LinkStore(reviews._engine).sent(DueLink(number, 7, GROUP, 10), 13, 7)
    await act(reviews, number, Act.TAKE)

    edited = []
    while (card := await shown.next_stale(GROUP, NOW)) is not None:
        await shown.edited(card, 1, NOW)
        edited.append((card.chat_id, card.message_id))
    assert sorted(edited) == [(GROUP, 10), (OLGA, 20)]


async def test_a_correction_stays_untold_if_the_answer_is_no_longer_undelivered(
    shown: ShownCards, reviews: Reviews, number: int, sqlite_engine: AsyncEngine
) -> None:
    await act(reviews, number, Act.TAKE)
    async with sqlite_engine.begin() as connection:
        await connection.execute(update(cases).values(label_version=1))
        await connection.execute(update(tables.reviews).values(answered_ms=NOW))

    await shown.told(number, 1, undelivered="blocked")
    assert await shown.untold(9) == [(number, 1)]
    await shown.told(number, 1, undelivered=None)
    assert await shown.untold(9) == []


async def test_a_card_that_is_stored_while_its_case_changes_is_stale(
    archive: Reviews, engine: AsyncEngine, held: tuple[asyncio.Event, asyncio.Event]
) -> None:
    ready, go_on = held
    number = (await archive.accept(new())).number
    where: dict[str, Any] = {"chat_id": GROUP, "message_id": 10, "digest": False}
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(act(archive, number, Act.TAKE))
        await ready.wait()
        card = tasks.create_task(archive.record_card([number], **where, now_ms=1))
        done, _ = await asyncio.wait([card], timeout=0.5)
        assert not done, "the card waits until the change is stored"
        go_on.set()
    assert card.result()
    assert await ShownCards(engine).next_stale(GROUP, NOW) is not None
