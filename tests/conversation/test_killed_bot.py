"""What a killed bot had in hand is handled by the next one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.types import Chat, Message, Update, User

from bot.app import serve
from bot.settings import BotSettings
from bot.telegram.inbox import Inbox
from sandbox.server import Server
from sandbox.simulated_people import Customer
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections
from triage.sealing import Seal


@pytest.fixture
async def left_update(
    telegram: Server, settings: BotSettings, real_connections: Connections, seal: Seal
) -> AsyncIterator[Customer]:
    """Yield a person whose /help a killed bot had taken from Telegram, and run the next bot."""
    customer = Customer(telegram.world, "Anna", "en")
    await customer.says("/privacy")  # a bot cannot begin a chat
    user = User(id=customer.user.user_id, is_bot=False, first_name="Anna", language_code="en")
    message = Message(
        message_id=10_000,
        date=datetime.now(UTC),
        chat=Chat(id=customer.user.user_id, type="private"),
        from_user=user,
        text="/help",
    )
    inbox = Inbox(real_connections.commands, seal, Bot(telegram.world.token))
    await inbox.keep([Update(update_id=700_000_000, message=message)])
    task = asyncio.create_task(serve(settings, real_connections, seal))
    yield customer
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_an_update_interrupted_by_a_kill_is_handled_once_by_the_next_bot(
    left_update: Customer, real_connections: Connections
) -> None:
    await left_update.sees_text("What is stored")
    said = [m.text for m in left_update.messages if m.sender.is_bot]
    assert len(said) == 2
    assert "I collect reviews" in said[0]
    async with asyncio.timeout(10):
        while await stored(real_connections):
            await asyncio.sleep(0.01)


async def test_an_update_handled_during_a_redis_outage_is_removed_from_the_inbox(
    customer: Customer, real_connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []
    drop = Inbox.drop

    async def drop_fails_once(inbox: Inbox, *update_ids: int) -> None:
        if not failed:
            failed.append(update_ids)
            raise QueueUnavailable("Redis is away")
        await drop(inbox, *update_ids)

    monkeypatch.setattr(Inbox, "drop", drop_fails_once)
    await customer.says("/help")
    async with asyncio.timeout(20):
        while not failed:
            await asyncio.sleep(0.01)
    await customer.says("/privacy")
    async with asyncio.timeout(20):
        while await stored(real_connections):
            await asyncio.sleep(0.01)


async def stored(connections: Connections) -> list[bytes]:
    names: list[bytes] = await connections.commands.keys("{triage}:inbox:*")
    return [name for name in names if not name.endswith(b":last")]
