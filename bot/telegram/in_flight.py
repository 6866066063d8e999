"""Knows which updates are being handled, so that a stop can wait for them."""

import asyncio
import logging
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update

from bot.middlewares.person import Handler

logger = logging.getLogger(__name__)

# Longer than any handler takes while Telegram answers; short enough for a container's grace.
DRAIN_S = 8.0

# What a handler that is given up may take to let go of its person's turn.
LET_GO_S = 1.0


class InFlight(BaseMiddleware):
    """
    Counts updates in hand.

    Polling hands updates to tasks and forgets them; Telegram has been told that they arrived.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.last_update_id: int | None = None

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle the update as one of those in flight."""
        task = asyncio.current_task()
        assert task is not None, "middlewares run in a task"
        self._tasks.add(task)
        if isinstance(event, Update):
            self.last_update_id = max(event.update_id, self.last_update_id or 0)
        try:
            return await handler(event, data)
        finally:
            self._tasks.discard(task)

    async def drain(self) -> bool:
        """Wait until the updates in hand are handled; return False if DRAIN_S did not do."""
        if not self._tasks:
            return True
        _, unfinished = await asyncio.wait(self._tasks, timeout=DRAIN_S)
        if not unfinished:
            return True
        logger.warning("the stop does not wait for %d updates in hand", len(unfinished))
        for task in unfinished:
            task.cancel()  # before what they use is closed
        await asyncio.wait(unfinished, timeout=LET_GO_S)
        return False
