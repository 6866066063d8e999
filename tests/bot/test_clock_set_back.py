"""
The clock was a day ahead, things were stored, and the clock was set back.

Nothing may wait for the day on which the clock is there again; one test for each kind of moment.
"""

import asyncio
from dataclasses import replace

import pytest
from aiogram import Bot
from aiogram.methods import SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.answering import Answering
from bot.archive.case_store import CaseStore
from bot.archive.desk_records import Case, CaseEvent, LabelDraft
from bot.archive.dialogue_records import Direction, MessageKind, NewMessage, SendState
from bot.archive.draft_store import DraftStore
from bot.archive.shown_cards import ShownCards
from bot.archive.waiting_cases import WaitingCases
from bot.clock import now_ms, read_clock
from bot.desk.cases import LEASE_MS, Act, current, decide
from bot.dialogue.closings import Closings
from bot.dialogue.customer_route import ANSWERING_MS
from bot.dialogue.group_post import WRITES_A_WINDOW, GroupPost
from bot.dialogue.hold import hold_ms
from bot.telegram.outgoing import OutgoingQueue
from bot.urgency import PLACES, Urgency
from tests.bot.dialogue.replies import CUSTOMER, Replies
from tests.bot.fake_telegram import Telegram
from tests.bot.group import GROUP, set_group
from triage.queue.streams import Connections

DAY_MS = 24 * 3_600_000


@pytest.fixture
def ahead_ms() -> int:
    """Return what the clock said before it was set back."""
    return now_ms() + DAY_MS


@pytest.fixture
def replies(bot: Bot, sqlite_engine: AsyncEngine) -> Replies:
    return Replies(bot, sqlite_engine)


async def test_a_hold_restarts_if_the_clock_was_set_back(
    replies: Replies, ahead_ms: int, telegram: Telegram
) -> None:
    message = await replies.held()
    await replies.dialogue.change(message.id, start=[SendState.HELD], due_ms=ahead_ms + hold_ms())
    began_ms = now_ms()
    await replies.sender().round()
    held = await replies.again(message)
    assert held.state is SendState.HELD, "there is still time to cancel it"
    assert began_ms < (held.due_ms or 0) <= now_ms() + hold_ms()
    assert telegram.said(SendMessage) == []


async def test_a_send_without_a_result_becomes_unknown_if_the_clock_was_set_back(
    replies: Replies, ahead_ms: int
) -> None:
    message = await replies.held()
    assert await replies.dialogue.claim(message.id, ahead_ms)
    await replies.sender().round()
    assert (await replies.again(message)).state is SendState.UNKNOWN


async def test_a_late_status_is_shown_if_the_clock_was_set_back(
    replies: Replies, ahead_ms: int, telegram: Telegram
) -> None:
    await replies.held(shown=False, created_ms=ahead_ms)
    await replies.status().round()
    assert [call.chat_id for call in telegram.said(SendMessage)] == [GROUP]


async def test_an_undecided_message_is_passed_on_if_the_clock_was_set_back(
    replies: Replies, ahead_ms: int
) -> None:
    asked = NewMessage(
        number=(await replies.held()).number,
        direction=Direction.IN,
        kind=MessageKind.TEXT,
        text="Где мой ответ?",
        by_id=CUSTOMER,
        source="customer:1",
        created_ms=ahead_ms,
        state=SendState.ASKED,
    )
    stored = await replies.dialogue.add(asked)
    assert stored is not None
    ten_minutes_ms = 600_000
    found = await replies.dialogue.undecided(now_ms(), ten_minutes_ms)
    assert [message.id for message in found] == [stored.id]


async def test_writes_dated_in_the_future_do_not_block_the_group(bot: Bot, ahead_ms: int) -> None:
    async def recent_writes(chat_id: int) -> list[float]:
        return [ahead_ms / 1000] * WRITES_A_WINDOW

    assert await GroupPost(bot, set_group(), recent_writes, paced=True).has_room()


async def test_shared_writes_dated_in_the_future_do_not_delay_a_card(
    connections: Connections, ahead_ms: int
) -> None:
    queue = OutgoingQueue(connections.commands)
    async with queue.turn(GROUP) as turn:
        read_clock(lambda: ahead_ms)
        try:
            await queue.count_writes(GROUP, turn, PLACES[Urgency.MODERATOR])
        finally:
            read_clock(None)
        async with asyncio.timeout(20):
            await queue.count_writes(GROUP, turn)
    assert len(await queue.recent_writes(GROUP)) == 1


async def test_an_answering_period_dated_in_the_future_counts_as_ended(
    replies: Replies, sqlite_engine: AsyncEngine, ahead_ms: int
) -> None:
    await replies.held()
    answering = Answering(sqlite_engine)
    await answering.begin(CUSTOMER, 1, now_ms() + ANSWERING_MS)
    assert await answering.number(CUSTOMER, now_ms(), ANSWERING_MS) == 1
    await answering.begin(CUSTOMER, 1, ahead_ms + ANSWERING_MS)
    assert await answering.number(CUSTOMER, now_ms(), ANSWERING_MS) is None


async def test_a_label_draft_dated_in_the_future_is_due(
    replies: Replies, sqlite_engine: AsyncEngine, ahead_ms: int
) -> None:
    await replies.held()
    drafts, draft = DraftStore(sqlite_engine), LabelDraft(1, 7, (3,), ahead_ms, ahead_ms)
    await drafts.open(draft)
    assert await drafts.untouched(now_ms(), 60_000, 10) == [draft]


async def test_a_lease_dated_too_far_in_the_future_counts_as_ended(
    replies: Replies, sqlite_engine: AsyncEngine, ahead_ms: int
) -> None:
    await replies.held()
    taken = await acts(replies.cases, Act.TAKE, ahead_ms)
    assert current(taken, now_ms()).owner_id is None
    assert await ShownCards(sqlite_engine).ended_leases(now_ms(), LEASE_MS, 10) == [1]
    taken = replace(taken, lease_ms=now_ms() + LEASE_MS)
    assert current(taken, now_ms()).owner_id == 7, "a lease of this clock holds"


async def test_the_customer_of_a_case_closed_in_the_future_is_asked_once(
    replies: Replies, sqlite_engine: AsyncEngine, ahead_ms: int
) -> None:
    message = await replies.held()
    await replies.dialogue.change(message.id, start=[SendState.HELD], state=SendState.SENT)
    await acts(replies.cases, Act.CLOSE, ahead_ms)
    waiting, sender = WaitingCases(sqlite_engine), replies.sender()
    await Closings(waiting, replies.dialogue, sender).round()
    assert [m.kind for m in await replies.dialogue.of(CUSTOMER)].count(MessageKind.CLOSING) == 1
    assert await waiting.untold(now_ms(), 0, DAY_MS) == []


async def acts(cases: CaseStore, act: Act, at_ms: int) -> Case:
    """Let moderator 7 act on the case of review 1, and return it."""
    before = await cases.case(1)
    after = decide(before, act, 7, at_ms)
    assert isinstance(after, Case)
    await cases.change(before, after, CaseEvent(act, f"{act}:1", at_ms, 7))
    return after
