"""
The right to poll: one program at a time asks Telegram for the updates of one bot.

A second one on the same Redis is refused by a lease, that of the duties which only one bot has:
beside bots that are pushed to, one of which holds it, none may poll either. One elsewhere is
noticed because Telegram ends the poll of the one for that of the other.
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

# The first conflict may be the last poll of a bot that has just ended.
CONFLICTS = 2

# A bot that was killed holds its lease until it runs out.
PATIENCE_LEASES = 1.2

# How often is looked for a Redis that is not there yet.
LOOK_S = 1.0


class PollConflicts(BaseRequestMiddleware):
    """Notices that another program polls; aiogram itself would go on stealing for ever."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request, and count the polls that were ended."""
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
    """Return the name of the lease for what one program at a time does for `bot`."""
    return f"duties:{bot.id}"


@asynccontextmanager
async def hold_poll_lease(bot: Bot, leases: Leases) -> AsyncIterator[Lease]:
    """Hold the right to poll for `bot` meanwhile; AlreadyPolled where another does not let go."""
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
    said = False
    while True:
        try:
            return await lease.take(patience_s)
        except QueueUnavailable as e:
            if not said:
                logger.warning("waiting: %s", e)
            said = True
        await asyncio.sleep(LOOK_S)


async def keep_poll_lease(lease: Lease) -> None:
    """Keep the right to poll; raise AlreadyPolled when another has it."""
    await lease.keep()
    raise AlreadyPolled("another bot polls with this token by now; this one ends")
