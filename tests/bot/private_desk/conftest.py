"""The moderators' private chats on SQLite, and a Telegram that keeps what it is asked."""

import pytest
from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.private_desk.bench import PrivateDesk


@pytest.fixture
def private_desk(bot: Bot, sqlite_engine: AsyncEngine) -> PrivateDesk:
    return PrivateDesk(bot, sqlite_engine)
