"""The one port of the bot: where Telegram's updates, Prometheus and health checks come in."""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.telegram.lanes import DRAIN_S
from triage.errors import PortTaken


@asynccontextmanager
async def listening(routes: Iterable[web.RouteDef], port: int | None) -> AsyncIterator[None]:
    """
    Serve `routes` on `port` of every address meanwhile, or nowhere where it is None.

    What is in hand at the end is answered within DRAIN_S. Raises PortTaken.
    """
    if port is None:
        yield
        return
    application = web.Application()
    application.add_routes(routes)
    # The access log would hold addresses, and a line for each update says nothing. aiohttp waits
    # the time-out twice: for what is in hand, and once more when it has told that to end.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=DRAIN_S / 2)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as e:
        reason = os.strerror(e.errno) if e.errno else str(e)
        raise PortTaken(f"port {port} cannot be used ({reason}); name another: BOT_PORT") from e
