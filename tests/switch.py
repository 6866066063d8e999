"""One address with a server behind it that can be exchanged, as in a failover."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress


class Switch:
    """A TCP proxy: new connections lead to `target`, open ones stay where they are."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The URL of the Redis behind it."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            try:
                await _first_ended(_copy(reader, back), _copy(there, writer))
            finally:
                back.close()
                writer.close()
        self._tasks.discard(task)

    async def close(self) -> None:
        """Cut all connections."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def switching(target: int) -> AsyncIterator[Switch]:
    """Yield a switch that leads to the port `target`."""
    switch = Switch(target)
    server = await asyncio.start_server(switch._serve, "127.0.0.1", 0)
    switch.port = server.sockets[0].getsockname()[1]
    yield switch
    server.close()
    await switch.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()


async def _first_ended(*copies: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.ensure_future(copy) for copy in copies]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
