"""A load balancer in front of the replicas of the bot, as a reverse proxy is one."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import ClientConnectorError, ClientError, ClientSession, web

from sandbox.api.webhook_pusher import SECRET_HEADER

BAD_GATEWAY = 502


class Balancer:
    """
    Gives each request to the next replica.

    A replica that cannot be reached is passed over. If it ends while it holds a request, the
    request is answered with 502, as by common proxies: it may have been handled.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.statuses: Counter[int] = Counter()
        self.port = 0
        self._turns = itertools.count()

    @property
    def url(self) -> str:
        """Where Telegram pushes updates."""
        return f"http://127.0.0.1:{self.port}/hook"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Pass requests on inside the block."""
        application = web.Application()
        application.router.add_post("/hook", self._pass_on)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        async with ClientSession() as self._session:
            yield
            await runner.cleanup()

    async def has_answered(self, statuses: dict[int, int]) -> None:
        """Wait until the replicas have answered with these statuses, so many times each."""
        async with asyncio.timeout(20):
            while self.statuses != statuses:
                await asyncio.sleep(0.01)

    async def all_listen(self) -> bool:
        """Return whether each replica accepts connections."""
        for port in self.ports:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
        return True

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {SECRET_HEADER: request.headers.get(SECRET_HEADER, "")}
        status = await self._status(body, headers)
        self.statuses[status] += 1
        return web.Response(status=status)

    async def _status(self, body: bytes, headers: dict[str, str]) -> int:
        """Return what the first replica that can be reached answers."""
        first = next(self._turns)
        for index in range(len(self.ports)):
            port = self.ports[(first + index) % len(self.ports)]
            try:
                async with self._session.post(
                    f"http://127.0.0.1:{port}/hook", data=body, headers=headers
                ) as answer:
                    return answer.status
            except ClientConnectorError:
                continue
            except ClientError:
                break
        return BAD_GATEWAY
