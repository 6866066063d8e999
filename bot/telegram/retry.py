"""
Repeats calls of the Bot API that failed for a while, where a repetition cannot be seen twice.

Telegram has no idempotency key for a send: after a time-out nobody knows whether a message was
delivered, so a send is repeated only when Telegram said that it refused it (429). Edits, answers
to taps and reads may be repeated freely.
"""

import asyncio
import logging
import random

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetUpdates, Response, SetMyCommands, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.metrics import BotMetrics

logger = logging.getLogger(__name__)

# About four seconds of waiting in all; a longer outage is left to whoever keeps the work.
ATTEMPTS = 5
FIRST_PAUSE_S = 0.25

_ONCE = ("send", "forward", "copy")

# Polling has a back-off of its own; the start must not wait for the menu as long as Telegram asks.
_NEVER = (GetUpdates, SetMyCommands)


def pause_s(error: TelegramAPIError, method: str, attempt: int) -> float | None:
    """
    Return how long to wait before `method` is tried again, or None if it must not be.

    `attempt` counts from 1. `method` is a name of the Bot API, such as sendPhoto.
    """
    if isinstance(error, TelegramRetryAfter):
        return float(error.retry_after)
    if attempt >= ATTEMPTS or method.startswith(_ONCE):
        return None
    if isinstance(error, TelegramNetworkError | TelegramServerError):
        return FIRST_PAUSE_S * float(2 ** (attempt - 1))
    return None


class Retrying(BaseRequestMiddleware):
    """Waits and tries again as `pause_s` says."""

    def __init__(self, metrics: BotMetrics) -> None:
        self._metrics = metrics

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request, as often as it takes."""
        attempt = 1
        while True:
            try:
                return await _requested(make_request, bot, method)
            except TelegramAPIError as e:
                wait_s = pause_s(e, method.__api_method__, attempt)
                if wait_s is None or isinstance(method, _NEVER):
                    raise
            # Spread out what failed together, never earlier than Telegram asked.
            wait_s += random.uniform(0, FIRST_PAUSE_S)
            logger.info("%s again in %.2f s", method.__api_method__, wait_s)
            await asyncio.sleep(wait_s)
            self._metrics.repeated(method.__api_method__)
            attempt += 1


async def _requested(
    make_request: NextRequestMiddlewareType[TelegramType],
    bot: Bot,
    method: TelegramMethod[TelegramType],
) -> Response[TelegramType]:
    """Make the request once; a proxy's page in place of an answer counts as Telegram's failure."""
    try:
        return await make_request(bot, method)
    except ClientDecodeError as e:
        # Without its cause, which quotes the answer: a person's words stay out of the log.
        raise TelegramServerError(method, f"unreadable answer: {e.message}") from None
