"""
Receives updates from Telegram by long polling: https://core.telegram.org/bots/api#getupdates.

aiogram's own loop confirms an update before it is handled, so a kill loses it. This one stores the
updates first (bot/telegram/inbox.py) and passes them to the lanes.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from aiogram import Bot, Dispatcher
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Update

from bot.telegram.inbox import Inbox
from bot.telegram.lanes import Handle, UpdateLanes
from triage.errors import QueueUnavailable
from triage.queue.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

# How long Telegram holds a request open while there is no update, and the time for the network.
POLL_S = 10
NETWORK_S = 30

# Pauses after failed requests, in seconds; the last one repeats.
PAUSES_S = (0.5, 1.0, 2.0, 5.0)

# How long a stop waits for Telegram; a repeated update does no harm.
CONFIRM_S = 3


class Polled(BaseRequestMiddleware):
    """Sends a heartbeat each time Telegram has answered a request for updates."""

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


class Poller:
    """Receives updates for one bot until it is cancelled."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot, lanes: UpdateLanes, inbox: Inbox) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._lanes = lanes
        self._inbox = inbox
        self._offset: int | None = None
        self._done: set[int] = set()  # handled, but perhaps still in the inbox

    async def run(self) -> None:
        """Poll until cancelled; then finish the updates in progress."""
        await self._bot.delete_webhook()  # Telegram refuses polls while one is set
        try:
            await self._resume()
            logger.info("polling for updates")
            while True:
                await self._lanes.room()
                await self._take(await self._next())
        finally:
            if await self._lanes.drain():
                await self._confirm()

    async def _resume(self) -> None:
        """Handle what an earlier process left."""
        try:
            self._offset = await self._inbox.offset()
            left = await self._inbox.left()
        except QueueUnavailable as e:
            logger.warning("stored updates cannot be read: %s", e)
            return
        if left:
            logger.info("%d updates of an earlier process are handled first", len(left))
        await self._start(left)

    async def _next(self) -> list[Update]:
        """Return the next updates; repeat the request until Telegram answers it."""
        request = GetUpdates(
            offset=self._offset,
            timeout=POLL_S,
            allowed_updates=self._dispatcher.resolve_used_update_types(),
        )
        failures = 0
        while True:
            try:
                return await self._bot(request, request_timeout=POLL_S + NETWORK_S)
            except TelegramAPIError as e:
                pause_s = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
                logger.warning("no updates: %s; next attempt in %.1f s", e, pause_s)
            failures += 1
            await asyncio.sleep(pause_s)

    async def _take(self, updates: Sequence[Update]) -> None:
        if not updates:
            return
        try:
            await self._inbox.keep(updates)
        except QueueUnavailable as e:
            # Handlers inform people that the bot cannot work at the moment.
            logger.warning("updates are handled without being stored: %s", e)
        await self._start(updates)
        self._offset = updates[-1].update_id + 1

    async def _start(self, updates: Sequence[Update]) -> None:
        """Pass updates to their lanes; remove those that the rate limit drops."""
        dropped = [u.update_id for u in updates if self._lanes.start(u, self._handle_of(u)) is None]
        if dropped:
            await self._forget(*dropped)

    def _handle_of(self, update: Update) -> Handle:
        async def handle(over_limit: bool) -> None:
            try:
                await self._dispatcher.feed_update(self._bot, update, over_limit=over_limit)
            except asyncio.CancelledError:
                raise  # it stays in the inbox for the next process
            except Exception:
                await self._forget(update.update_id)
                raise
            await self._forget(update.update_id)

        return handle

    async def _forget(self, *update_ids: int) -> None:
        """Drop updates from the inbox; if Redis is unreachable, together with the next ones."""
        self._done.update(update_ids)
        dropped = tuple(self._done)
        with suppress(QueueUnavailable):
            await self._inbox.drop(*dropped)
            self._done.difference_update(dropped)

    async def _confirm(self) -> None:
        """Confirm handled updates to Telegram, as the next poll would have done."""
        if self._offset is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self._bot.get_updates(offset=self._offset, limit=1, timeout=0)
        except (TelegramAPIError, TimeoutError) as e:
            logger.info("the last updates will be sent again: %s", e)
