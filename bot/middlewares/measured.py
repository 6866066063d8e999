"""Counts updates from Telegram and calls to it."""

import time
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import TelegramObject, Update

from bot.metrics import BotMetrics
from bot.middlewares.person import Handler


class MeasuredUpdates(BaseMiddleware):
    """Counts updates; runs inside the error handler, so that it sees the failures."""

    def __init__(self, metrics: BotMetrics) -> None:
        self._metrics = metrics

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle the update and count it as handled or failed."""
        assert isinstance(event, Update), "it wraps the handling of updates"
        try:
            result = await handler(event, data)
        except Exception:
            self._metrics.updated(event.event_type, "failed")
            raise
        self._metrics.updated(event.event_type, "handled")
        return result


class MeasuredCalls(BaseRequestMiddleware):
    """Counts every call, repeated ones included."""

    def __init__(self, metrics: BotMetrics) -> None:
        self._metrics = metrics

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the call; count its result and duration."""
        started_s, error = time.monotonic(), None
        try:
            return await make_request(bot, method)
        except TelegramAPIError as e:
            error = e
            raise
        finally:
            took_s = time.monotonic() - started_s
            self._metrics.called(method.__api_method__, took_s, error)
