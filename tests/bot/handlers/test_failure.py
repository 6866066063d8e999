"""What becomes of an update that failed; on webhooks Telegram is asked to send it again first."""

from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError
from aiogram.methods import SendMessage
from aiogram.types import Chat, ErrorEvent, Message, Update, User

from bot.errors import RetriedByTelegram
from bot.handlers.failure import ATTEMPTS, explain
from bot.rate_limit import Throttle
from tests.bot.fake_telegram import Telegram
from tests.bot.samples import TEXTS
from triage.queue.streams import Connections, connect


def failed(bot: Bot, update_id: int = 7) -> ErrorEvent:
    message = Message(
        message_id=1,
        date=datetime.now(UTC),
        chat=Chat(id=555, type="private"),
        from_user=User(id=555, is_bot=False, first_name="Anna", language_code="en"),
        text="a canary",
    ).as_(bot)
    update = Update.model_construct(update_id=update_id, message=message, callback_query=None)
    return ErrorEvent.model_construct(update=update, exception=ZeroDivisionError())


@pytest.fixture
def throttle(fake_connections: Connections) -> Throttle:
    return Throttle(fake_connections.commands)


async def test_a_failed_polled_update_is_explained_immediately(
    bot: Bot, telegram: Telegram, throttle: Throttle, caplog: pytest.LogCaptureFixture
) -> None:
    await explain(failed(bot), TEXTS, throttle)
    [said] = telegram.said(SendMessage)
    assert said.text == TEXTS["en"]("failed")
    assert "update 7 failed" in caplog.text
    assert "canary" not in caplog.text


async def test_somebody_who_blocked_the_bot_is_no_failure(
    bot: Bot, telegram: Telegram, throttle: Throttle, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = TelegramForbiddenError(SendMessage(chat_id=555, text=""), "bot was blocked")
    event = failed(bot).model_copy(update={"exception": blocked})
    await explain(event, TEXTS, throttle, is_pushed=True)
    assert telegram.calls == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_failed_pushed_update_is_retried_before_it_is_explained(
    bot: Bot, telegram: Telegram, throttle: Throttle
) -> None:
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(RetriedByTelegram) as caught:
            await explain(failed(bot), TEXTS, throttle, is_pushed=True)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert telegram.calls == []
    await explain(failed(bot), TEXTS, throttle, is_pushed=True)
    assert len(telegram.said(SendMessage)) == 1


async def test_attempts_are_counted_separately_for_each_update(
    bot: Bot, telegram: Telegram, throttle: Throttle
) -> None:
    for update_id in range(5):
        with pytest.raises(RetriedByTelegram):
            await explain(failed(bot, update_id), TEXTS, throttle, is_pushed=True)
    assert telegram.calls == []


async def test_without_redis_a_failed_pushed_update_is_always_retried(
    bot: Bot, telegram: Telegram
) -> None:
    connections = connect("redis://127.0.0.1:1/0")
    for _ in range(ATTEMPTS + 2):
        with pytest.raises(RetriedByTelegram):
            await explain(failed(bot), TEXTS, Throttle(connections.commands), is_pushed=True)
    await connections.aclose()
    assert telegram.calls == []
