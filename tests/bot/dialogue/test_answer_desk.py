"""Where a customer's message goes that arrives before the team's reply is stored as sent."""

import asyncio
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import Chat, Message
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.answering import Answering
from bot.archive.dialogue_records import SendState
from bot.clock import now_ms
from bot.dialogue.answer_desk import AnswerDesk
from bot.dialogue.customer_route import AskWhich, Route, ToCase
from tests.bot.dialogue.replies import CUSTOMER, Replies

# The id of the team's reply in the customer's chat.
AT_CUSTOMER = 30


def message(**values: Any) -> Message:
    return Message.model_validate(
        {"message_id": 31, "date": 1, "chat": Chat(id=CUSTOMER, type="private"), **values}
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (message(text="Спасибо", reply_to_message=message(message_id=AT_CUSTOMER)), ToCase(1)),
        (message(text="Спасибо"), AskWhich([1])),
    ],
)
async def test_an_answer_that_arrives_before_the_reply_is_stored_starts_no_review(
    bot: Bot, sqlite_engine: AsyncEngine, written: Message, expected: Route
) -> None:
    replies = Replies(bot, sqlite_engine)
    held = await replies.held()
    await replies.dialogue.claim(held.id, now_ms())
    desk = AnswerDesk(
        replies.dialogue,
        Answering(sqlite_engine),
        replies.reviews,
        None,
        None,  # type: ignore[arg-type]
    )

    going = asyncio.create_task(desk.route(written, has_draft=False))
    await asyncio.sleep(0.05)
    await replies.dialogue.change(
        held.id,
        start=[SendState.SENDING],
        state=SendState.SENT,
        customer_message_id=AT_CUSTOMER,
        sent_ms=now_ms(),
    )
    assert await going == expected
