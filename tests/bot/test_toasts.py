"""What a tap leaves in place of its message."""

from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, Chat, InaccessibleMessage, Message, User

from bot.toasts import replace_message
from tests.bot.fake_telegram import NOT_FOUND, NOT_MODIFIED, Telegram, refused

CHAT = Chat(id=7, type="private")


def tap_on(message: Message | InaccessibleMessage, bot: Bot) -> CallbackQuery:
    person = User(id=7, is_bot=False, first_name="A")
    return CallbackQuery(id="1", from_user=person, chat_instance="1", message=message).as_(bot)


@pytest.fixture
def query(bot: Bot) -> CallbackQuery:
    return tap_on(Message(message_id=5, date=datetime.now(UTC), chat=CHAT).as_(bot), bot)


@pytest.mark.parametrize("words", [NOT_MODIFIED, NOT_FOUND])
async def test_a_message_that_was_replaced_before_or_deleted_is_no_failure(
    words: str, query: CallbackQuery, telegram: Telegram
) -> None:
    telegram.next.append(refused(words))
    await replace_message(query, "Done")
    [edit] = telegram.said(EditMessageText)
    assert (edit.chat_id, edit.message_id, edit.text, edit.reply_markup) == (7, 5, "Done", None)


async def test_another_refusal_is_a_failure(query: CallbackQuery, telegram: Telegram) -> None:
    telegram.next.append(refused("Bad Request: message is too long"))
    with pytest.raises(TelegramBadRequest):
        await replace_message(query, "Done")


async def test_a_message_that_is_too_old_stays(bot: Bot, telegram: Telegram) -> None:
    old = InaccessibleMessage(chat=CHAT, message_id=5, date=0)
    await replace_message(tap_on(old, bot), "Done")
    assert not telegram.calls
