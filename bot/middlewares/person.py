"""Gives handlers the language and the form of the person who sent the update."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, User

from bot.archive.people import People
from bot.form.session import Form
from bot.texts import Texts, spoken_by
from triage.taxonomy import Taxonomy

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class PersonMiddleware(BaseMiddleware):
    """Adds `say` and `form`. A chosen language takes precedence over the client's language."""

    def __init__(
        self, people: People, texts: Texts, taxonomy: Taxonomy, *, text_limit: int
    ) -> None:
        self._people = people
        self._texts = texts
        self._taxonomy = taxonomy
        self._text_limit = text_limit

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Look up the person and call the handler; drop events without a person."""
        user: User | None = data.get("event_from_user")
        if user is None:
            return None
        language = await self._people.language(user.id) or spoken_by(user.language_code)
        say = data["say"] = self._texts[language]
        data["form"] = Form(data["bot"], data["state"], say, self._taxonomy, limit=self._text_limit)
        return await handler(event, data)
