"""Whose turn a case is after a reply is delivered or unsent."""

from typing import Any

import pytest
from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_records import Case, CaseEvent, CaseState
from bot.archive.dialogue_records import Direction, SendState
from bot.desk.cases import Act, decide
from bot.dialogue.case_turns import CaseTurns
from tests.bot.dialogue.replies import CUSTOMER, REPLY, Replies

WRITTEN_MS = REPLY.created_ms

BY_CUSTOMER = {"direction": Direction.IN, "by_id": CUSTOMER}


@pytest.mark.parametrize(
    ("closed_ms", "state"),
    [(WRITTEN_MS + 5, CaseState.CLOSED), (WRITTEN_MS - 5, CaseState.WAITING_CUSTOMER)],
)
async def test_only_a_reply_written_after_the_closing_reopens_the_case(
    bot: Bot, sqlite_engine: AsyncEngine, closed_ms: int, state: CaseState
) -> None:
    replies = Replies(bot, sqlite_engine)
    message = await replies.held()
    before = await replies.cases.case(1)
    closed = decide(before, Act.CLOSE, 7, closed_ms)
    assert isinstance(closed, Case)
    await replies.cases.change(before, closed, CaseEvent(Act.CLOSE, "tap:1", closed_ms, 7))

    await CaseTurns(replies.cases).replied(message)

    found = await replies.cases.case(1)
    assert found.state is state
    assert found.first_reply_ms is not None


class Spoken:
    """A dialogue about review 1, in which each message is delivered immediately."""

    def __init__(self, replies: Replies) -> None:
        self.replies, self.count = replies, 0

    async def says(self, **changes: Any) -> int:
        """Deliver a reply, or with `BY_CUSTOMER` an answer, and return its id."""
        self.count += 1
        message = await self.replies.held(source=f"test:{self.count}", **changes)
        turns = CaseTurns(self.replies.cases)
        await self._change(message.id, SendState.HELD, SendState.SENT)
        if message.direction is Direction.IN:
            await turns.spoke(message)
        else:
            await turns.replied(message)
        return message.id

    async def unsends(self, row: int) -> Case:
        """Unsend a reply as a tap does, and return the case."""
        await self._change(row, SendState.SENT, SendState.UNSENT)
        await self.replies.status().round()
        return await self.replies.cases.case(1)

    async def _change(self, row: int, start: SendState, state: SendState) -> None:
        assert await self.replies.dialogue.change(row, start=[start], state=state)


@pytest.fixture
def spoken(bot: Bot, sqlite_engine: AsyncEngine) -> Spoken:
    return Spoken(Replies(bot, sqlite_engine))


async def test_the_author_waits_again_once_no_reply_to_their_message_is_left(
    spoken: Spoken,
) -> None:
    await spoken.says()
    await spoken.says(**BY_CUSTOMER)
    one, other = await spoken.says(), await spoken.says()

    assert (await spoken.unsends(one)).state is CaseState.WAITING_CUSTOMER
    case = await spoken.unsends(other)
    assert case.state is CaseState.WAITING_TEAM
    assert case.first_reply_ms is not None, "the first reply is still there"


async def test_a_case_waits_for_its_first_reply_again_once_it_is_unsent(spoken: Spoken) -> None:
    case = await spoken.unsends(await spoken.says())
    assert (case.state, case.first_reply_ms) == (CaseState.WAITING_TEAM, None)


async def test_an_unsent_reply_does_not_change_a_case_that_waits_for_the_team_or_is_closed(
    spoken: Spoken,
) -> None:
    first = await spoken.says()
    await spoken.says(**BY_CUSTOMER)
    before = await spoken.replies.cases.case(1)
    assert await spoken.unsends(first) == before

    second = await spoken.says()
    closed = decide(await spoken.replies.cases.case(1), Act.CLOSE, 7, WRITTEN_MS + 9)
    assert isinstance(closed, Case)
    event = CaseEvent(Act.CLOSE, "tap:2", WRITTEN_MS + 9, 7)
    await spoken.replies.cases.change(await spoken.replies.cases.case(1), closed, event)
    assert await spoken.unsends(second) == closed
