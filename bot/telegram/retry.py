"""
Repeats calls of the Bot API that failed temporarily, if a repetition has no visible effect.

Telegram has no idempotency key for a send: after a time-out it is unknown whether a message was
delivered, so a send is repeated only if Telegram refused it (429). Edits, answers to taps and reads
may be repeated freely.
"""

import asyncio
import logging
import random
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetUpdates, Response, SendMediaGroup, SetMyCommands, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.metrics import BotMetrics
from bot.telegram.outgoing import ChatId, HeldTurn, OutgoingQueue
from bot.telegram.slots import slot_released

logger = logging.getLogger(__name__)

# About four seconds of waiting in all; a longer outage is left to the code that owns the work.
ATTEMPTS = 5
FIRST_PAUSE_S = 0.25

_ONCE = ("send", "forward", "copy")

# What counts against a group's limit. Edits do as well: https://github.com/tdlib/td/issues/2592
_WRITES = (*_ONCE, "edit", "createForumTopic")

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
    """
    Makes writes in the turn of their chat, and repeats calls as `pause_s` says.

    Reads and deletions have no turn: a tap that looks up a moderator must not wait behind a write
    that waits for room.
    """

    def __init__(self, metrics: BotMetrics, outgoing: OutgoingQueue) -> None:
        self._metrics = metrics
        self._outgoing = outgoing

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request, and repeat it if necessary."""
        if isinstance(method, _NEVER):
            return await _requested(make_request, bot, method)
        chat_id: ChatId | None = getattr(method, "chat_id", None)
        if chat_id is None or not method.__api_method__.startswith(_WRITES):
            return await self._repeated(make_request, bot, method, chat_id, None)
        async with self._outgoing.turn(chat_id) as turn:
            return await self._repeated(make_request, bot, method, chat_id, turn)

    async def _repeated(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
        chat_id: ChatId | None,
        turn: HeldTurn | None,
    ) -> Response[TelegramType]:
        attempt = 1
        while True:
            if chat_id is not None:
                await self._outgoing.wait(chat_id)
                if turn is not None:
                    await self._outgoing.count_writes(chat_id, turn, messages_of(method))
            try:
                return await _requested(make_request, bot, method)
            except TelegramAPIError as e:
                wait_s = pause_s(e, method.__api_method__, attempt)
                if wait_s is None:
                    raise
                if chat_id is not None and isinstance(e, TelegramRetryAfter):
                    await self._outgoing.close(chat_id, wait_s)
            # Spread out calls that failed together, but never repeat earlier than Telegram asked.
            wait_s += random.uniform(0, FIRST_PAUSE_S)
            logger.info("%s is repeated in %.2f s", method.__api_method__, wait_s)
            async with slot_released():
                await asyncio.sleep(wait_s)
            self._metrics.repeated(method.__api_method__)
            attempt += 1


def messages_of(method: TelegramMethod[Any]) -> int:
    """Return how many messages a call counts for: each photo of an album is one."""
    return len(method.media) if isinstance(method, SendMediaGroup) else 1


async def _requested(
    make_request: NextRequestMiddlewareType[TelegramType],
    bot: Bot,
    method: TelegramMethod[TelegramType],
) -> Response[TelegramType]:
    """Make the request once; a proxy's page instead of an answer counts as a server error."""
    try:
        return await make_request(bot, method)
    except ClientDecodeError as e:
        # Without its cause, which quotes the answer: a person's words must not be logged.
        raise TelegramServerError(method, f"unreadable answer: {e.message}") from None
