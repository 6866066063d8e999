"""Waits for what other tasks do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


async def eventually(holds: Callable[[], Awaitable[bool]], within_s: float = 10) -> None:
    """Return as soon as `holds` does; TimeoutError where it does not in time."""
    async with asyncio.timeout(within_s):
        while not await holds():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` beside the test; it must not end by itself before the test does."""
    task = asyncio.create_task(work)
    yield task
    assert not task.done(), f"ended by itself: {task}"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
