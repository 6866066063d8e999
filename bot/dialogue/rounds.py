"""Repeats the rounds of a duty until it is cancelled; a failed round is repeated later."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiogram.exceptions import TelegramAPIError

from bot.archive.database import DATABASE_ERRORS
from triage.errors import QueueUnavailable

logger = logging.getLogger(__name__)

# A handler of another replica wakes only its own process.
LOOK_EVERY_S = 1.0

# The pause after a failure: Telegram, Redis or the database is down.
RETRY_S = 15.0


async def repeat(round_: Callable[[], Awaitable[None]], name: str, woken: asyncio.Event) -> None:
    """Call `round_` at intervals, and immediately when `woken` is set."""
    while True:
        woken.clear()
        try:
            await round_()
        except (TelegramAPIError, QueueUnavailable, *DATABASE_ERRORS) as e:
            logger.warning("%s: %s; next attempt in %d s", name, e, RETRY_S)
            await asyncio.sleep(RETRY_S)
        except Exception:  # one duty that fails must not stop the others
            logger.exception("%s; next attempt in %d s", name, RETRY_S)
            await asyncio.sleep(RETRY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await woken.wait()
