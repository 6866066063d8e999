"""A reply that is delivered after a moderator closed the case, and one that is written after."""

import pytest
from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_records import Case, CaseEvent, CaseState
from bot.desk.cases import Act, decide
from bot.dialogue.case_turns import CaseTurns
from tests.bot.dialogue.replies import REPLY, Replies

WRITTEN_MS = REPLY.created_ms


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
