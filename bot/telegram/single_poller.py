"""
Ensures that only one program polls Telegram for the updates of one bot.

On the same Redis a lease excludes a second poller. It is the lease of the duties, which one of
several webhook bots holds, so no bot polls while others use a webhook. A poller on another Redis is
detected because Telegram ends one poll when the other begins (409 Conflict).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.errors import AlreadyPolled
from bot.leases import Lease, Leases
from triage.errors import QueueUnavailable

logger = logging.getLogger(__name__)

# A single conflict may come from the last poll of a bot that has just stopped.
CONFLICTS = 2

# A killed bot holds its lease until it expires.
PATIENCE_LEASES = 1.2

# How often to retry while Redis is unreachable.
LOOK_S = 1.0


class PollConflicts(BaseRequestMiddleware):
    """Detects that another program polls; aiogram alone would compete with it endlessly."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request, and count the polls that end with a conflict."""
        try:
            response = await make_request(bot, method)
        except TelegramConflictError as e:
            self._in_a_row += 1
            if self._in_a_row >= CONFLICTS and not self._reason.done():
                self._reason.set_result(e.message)
            raise
        if isinstance(method, GetUpdates):
            self._in_a_row = 0
        return response

    async def watch(self) -> None:
        """Raise AlreadyPolled when another program polls."""
        raise AlreadyPolled(
            "another program takes this bot's updates; stop it, or let @BotFather revoke the "
            f"token if it is not yours ({await self._reason})"
        )


def duties_lease(bot: Bot) -> str:
    """Return the name of the lease for the duties of `bot`, which one program does at a time."""
    return f"duties:{bot.id}"


@asynccontextmanager
async def hold_poll_lease(bot: Bot, leases: Leases) -> AsyncIterator[Lease]:
    """Hold the poll lease of `bot`; raises AlreadyPolled if another program keeps it."""
    lease = leases.lease(duties_lease(bot))
    if not await _taken(lease, PATIENCE_LEASES * leases.lease_s):
        raise AlreadyPolled(
            "another bot runs with this token and this Redis; stop it first, "
            "or give all of them WEBHOOK_URL and WEBHOOK_SECRET"
        )
    try:
        yield lease
    finally:
        await lease.drop()


async def _taken(lease: Lease, patience_s: float) -> bool:
    warned = False
    while True:
        try:
            return await lease.take(patience_s)
        except QueueUnavailable as e:
            if not warned:
                logger.warning("waiting: %s", e)
            warned = True
        await asyncio.sleep(LOOK_S)


async def keep_poll_lease(lease: Lease) -> None:
    """Keep extending the lease; raise AlreadyPolled when another program holds it."""
    await lease.keep()
    raise AlreadyPolled("another bot now polls with this token; this one stops")
