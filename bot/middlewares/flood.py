"""Turns away a person who sends faster than anybody types, with one word about it a window."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject, User

from bot.middlewares.person import Handler
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast

# Three taps or messages a second, sustained; a fast thumb on eight tags stays below.
UPDATES_A_WINDOW = 30
WINDOW_S = 10


class RateLimitMiddleware(BaseMiddleware):
    """Counts updates per person; comes after `Person`, whose `say` it uses."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Let the update through, or answer the first one over the limit."""
        user: User = data["event_from_user"]
        wait_s = await self._throttle.wait_s(
            f"updates:{user.id}", limit=UPDATES_A_WINDOW, window_s=WINDOW_S
        )
        if not wait_s:
            return await handler(event, data)
        say: Say = data["say"]
        words = say("too-many-taps", wait=wait_s)
        if isinstance(event, CallbackQuery):
            await toast(event, words)
        elif isinstance(event, Message) and await self._throttle.first(
            f"flood:{user.id}", window_s=WINDOW_S
        ):
            await event.answer(words)
        return None
