"""Serves the Bot API and the control API, to this machine only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from sandbox.api.bot_api import MAX_BODY_BYTES, BotApi
from sandbox.api.call_limits import CallLimits
from sandbox.api.call_log import CallLog
from sandbox.api.faults import Faults
from sandbox.api.webhook_pusher import Pusher
from sandbox.control.page_api import PageApi
from sandbox.control.sim_api import SimApi
from sandbox.control.visitors import Visitors
from sandbox.telegram.world import World
from triage.errors import PortTaken

HOST = "127.0.0.1"

# An open poll can be cut off at the end without loss.
SHUTDOWN_S = 1.0

_LOCAL_NAMES = frozenset({HOST, "localhost"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Server:
    """A running sandbox: its URL and its state."""

    url: str
    world: World
    faults: Faults
    limits: CallLimits
    calls: CallLog
    page: PageApi
    visitors: Visitors


@asynccontextmanager
async def serving(world: World, port: int = 0, *, limited: bool = False) -> AsyncIterator[Server]:
    """
    Listen on `port` of 127.0.0.1, or on a free port for 0; raises PortTaken.

    With `limited` the bot may write only as often as Telegram allows.
    """
    faults, calls = Faults(), CallLog(world.feed)
    page, visitors = PageApi(world, calls), Visitors()
    limits = CallLimits(world.clock, enforced=limited)
    application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_only_local])
    application.add_routes(BotApi(world, faults, limits, calls).routes())
    application.add_routes(SimApi(world, faults, calls, visitors).routes())
    application.add_routes(page.routes())
    runner = web.AppRunner(
        application, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    pushing = asyncio.create_task(Pusher(world).run())
    try:
        await _listen(runner, port)
        bound = runner.addresses[0][1]
        url = f"http://{HOST}:{bound}"
        yield Server(url, world, faults, limits, calls, page, visitors)
    finally:
        pushing.cancel()
        await asyncio.wait({pushing})
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except (OSError, OverflowError) as e:
        raise PortTaken(f"port {port} cannot be used ({e})") from e


@web.middleware
async def _only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests of foreign pages, by their Host (DNS rebinding) or their Origin."""
    origin = request.headers.get("Origin")
    hosts = [request.url.host, *([URL(origin).host] if origin else [])]
    if not _LOCAL_NAMES.issuperset(hosts):
        raise web.HTTPForbidden(text="only pages of 127.0.0.1 may send requests")
    return await handler(request)
