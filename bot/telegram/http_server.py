"""The bot's HTTP server: one port for Telegram's updates, Prometheus and health checks."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.telegram.lanes import DRAIN_S
from triage.errors import PortTaken

# A client that connects and sends no complete request header in this time is disconnected.
HEADER_TIMEOUT_S = 10.0

# An idle connection is kept for the next update of Telegram, or the next scrape.
KEEP_ALIVE_S = 75.0


@asynccontextmanager
async def listening(
    routes: Iterable[web.RouteDef], host: str, port: int | None
) -> AsyncIterator[None]:
    """
    Serve `routes` on `port` of `host` inside the block, or nowhere if `port` is None.

    At the end, open requests are answered within DRAIN_S. Raises PortTaken.
    """
    if port is None:
        yield
        return
    application = web.Application()
    application.add_routes(routes)
    application.on_response_prepare.append(_hide_versions)
    # An access log would hold addresses and one useless line for each update. aiohttp waits for the
    # time-out twice: for open requests, and again after cancelling them.
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=DRAIN_S / 2,
        keepalive_timeout=KEEP_ALIVE_S,
    )
    await runner.setup()
    try:
        await _listen(runner, host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await _Site(runner, host, port).start()
    except OSError as e:
        reason = os.strerror(e.errno) if e.errno else str(e)
        raise PortTaken(f"port {port} cannot be used ({reason}); name another: BOT_PORT") from e


class _Site(web.TCPSite):
    """A site whose connections have a time limit for their first request header."""

    async def start(self) -> None:
        """Listen; aiohttp itself has no such limit."""
        await web.BaseSite.start(self)
        loop, server = asyncio.get_running_loop(), self._runner.server
        assert server is not None, "the runner is set up"

        def connection() -> RequestHandler:
            handler = server()
            loop.call_later(HEADER_TIMEOUT_S, _close_without_request, handler)
            return handler

        self._server = await loop.create_server(connection, self._host, self._port, backlog=128)


def _close_without_request(handler: RequestHandler) -> None:
    if not handler._request_count and handler._current_request is None:
        handler.force_close()


async def _hide_versions(_: web.Request, response: web.StreamResponse) -> None:
    """Hide the names and versions of libraries."""
    response.headers["Server"] = "feedback-triage"
