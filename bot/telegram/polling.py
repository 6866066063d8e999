"""Takes updates from Telegram by long polling, and stops without losing or repeating one."""

import asyncio
import logging
from contextlib import suppress

from aiogram import Bot, Dispatcher
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.telegram.in_flight import InFlight
from triage.errors import QueueUnavailable
from triage.queue.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

# Updates handled at once; a flood waits at Telegram, not in this process's memory.
UPDATES_AT_ONCE = 64

# How long a stop waits for Telegram; an update that comes again does no harm.
CONFIRM_S = 3


class Polled(BaseRequestMiddleware):
    """Gives a sign each time Telegram has answered a request for updates."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Pass the call on."""
        response = await make_request(bot, method)
        if isinstance(method, GetUpdates):
            with suppress(QueueUnavailable):  # updates do not wait for Redis
                await self._heartbeat.beat()
        return response


async def poll(dispatcher: Dispatcher, bot: Bot, in_flight: InFlight) -> None:
    """Hand updates to `dispatcher` until cancelled; then finish the ones in hand."""
    await bot.delete_webhook()  # of an earlier time: Telegram answers no poll while there is one
    polling = asyncio.create_task(
        dispatcher.start_polling(
            bot,
            handle_signals=False,
            close_bot_session=False,
            tasks_concurrency_limit=UPDATES_AT_ONCE,
        )
    )
    try:
        await asyncio.shield(polling)
    finally:
        await _stop(dispatcher, polling)
        if await in_flight.drain():
            await _confirm(bot, in_flight.last_update_id)


async def _stop(dispatcher: Dispatcher, polling: asyncio.Task[None]) -> None:
    # Cancelling the task itself would leave the poll that it started running.
    with suppress(RuntimeError):  # raised where it has not begun or has ended
        await dispatcher.stop_polling()
    polling.cancel()
    with suppress(asyncio.CancelledError):
        await polling


async def _confirm(bot: Bot, last_update_id: int | None) -> None:
    """Tell Telegram which updates are done; the next poll, which there will not be, says that."""
    if last_update_id is None:
        return
    try:
        async with asyncio.timeout(CONFIRM_S):
            await bot.get_updates(offset=last_update_id + 1, limit=1, timeout=0)
    except (TelegramAPIError, TimeoutError) as e:
        logger.info("the last updates will come again: %s", e)
