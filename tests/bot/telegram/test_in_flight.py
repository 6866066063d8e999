import asyncio
from datetime import UTC, datetime

import pytest
from aiogram import Bot, Dispatcher
from aiogram.fsm.storage.base import StorageKey
from aiogram.methods import SendMessage
from aiogram.types import Chat, Message, Update, User
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.people import People
from bot.delivery.card_sender import CardSender
from bot.dispatcher import build_dispatcher
from bot.metrics import BotMetrics
from bot.settings import BotSettings
from bot.telegram.in_flight import InFlight
from tests.bot.fake_telegram import Telegram
from tests.bot.samples import SEAL, TEXTS
from triage.queue.streams import Connections


def update(update_id: int) -> Update:
    return Update(
        update_id=update_id,
        message=Message(
            message_id=update_id,
            date=datetime.now(UTC),
            chat=Chat(id=555, type="private"),
            from_user=User(id=555, is_bot=False, first_name="Anna", language_code="en"),
            text="/help",
        ),
    )


@pytest.fixture
def in_flight() -> InFlight:
    return InFlight()


@pytest.fixture
def dispatcher(
    fake_connections: Connections, sqlite_engine: AsyncEngine, in_flight: InFlight, desk: CardSender
) -> Dispatcher:
    return build_dispatcher(
        BotSettings(bot_token="1:A", _env_file=None),
        fake_connections,
        SEAL,
        people=People(sqlite_engine),
        texts=TEXTS,
        desk=desk,
        in_flight=in_flight,
        metrics=BotMetrics(),
    )


async def test_a_stop_waits_for_updates_that_wait_for_their_persons_turn(
    dispatcher: Dispatcher, in_flight: InFlight, bot: Bot, telegram: Telegram
) -> None:
    assert await in_flight.drain()
    turn = StorageKey(bot_id=bot.id, chat_id=555, user_id=555)
    async with dispatcher.fsm.events_isolation.lock(turn):
        tasks = [asyncio.create_task(dispatcher.feed_update(bot, update(n))) for n in (7, 8, 9)]
        draining = asyncio.create_task(in_flight.drain())
        _, waiting = await asyncio.wait([draining], timeout=0.1)
        assert waiting, "updates in hand were forgotten"
    assert await draining
    assert all(task.done() for task in tasks)
    assert [call.text for call in telegram.said(SendMessage)] == [TEXTS["en"]("help")] * 3
    assert in_flight.last_update_id == 9


async def test_a_stop_does_not_wait_for_ever(
    dispatcher: Dispatcher, in_flight: InFlight, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.in_flight.DRAIN_S", 0.05)
    turn = StorageKey(bot_id=bot.id, chat_id=555, user_id=555)
    async with dispatcher.fsm.events_isolation.lock(turn):
        task = asyncio.create_task(dispatcher.feed_update(bot, update(7)))
        while in_flight.last_update_id is None:
            await asyncio.sleep(0.001)
        assert not await in_flight.drain()
        assert task.cancelled(), "it would go on while all that it uses is closed"
