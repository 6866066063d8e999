"""Answers an update of a person who exceeds the rate limit, in place of its handler."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update, User

from bot.archive.people import People
from bot.middlewares.person import Handler
from bot.telegram.flood_limit import WINDOW_S
from bot.texts import Texts, spoken_by
from bot.toasts import toast


class RateLimitMiddleware(BaseMiddleware):
    """
    Handles updates that come with `over_limit`: the first one of a minute gets a notice.

    bot/telegram/lanes.py counts and drops the others before any further work.
    """

    def __init__(self, people: People, texts: Texts) -> None:
        self._people = people
        self._texts = texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Pass the update on, or ask its sender in a private chat to slow down."""
        if not data.get("over_limit"):
            return await handler(event, data)
        assert isinstance(event, Update), "it wraps the handling of updates"
        user: User | None = data.get("event_from_user")
        if user is not None:
            language = await self._people.language(user.id) or spoken_by(user.language_code)
            await _tell(event, self._texts[language]("too-many-taps", wait=round(WINDOW_S)))
        return None


async def _tell(update: Update, words: str) -> None:
    if update.callback_query is not None:
        await toast(update.callback_query, words)
    elif update.message is not None and update.message.chat.type == "private":
        await update.message.answer(words)
