"""
Slots: how many updates this process handles at the same time.

A handler that waits for Telegram's rate limit gives its slot to others meanwhile, so that one
chat's 429 never blocks another chat.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

# Handlers wait for Redis, the archive and Telegram; more of them only share the same processor.
SLOTS = 64


class _Slot:
    """One slot of a handler: held, or lent to others for a while."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free = free
        self._held = False

    async def take(self) -> None:
        await self._free.acquire()
        self._held = True

    def release(self) -> None:
        if self._held:
            self._held = False
            self._free.release()


_CURRENT: ContextVar[_Slot | None] = ContextVar("slot", default=None)


class Slots:
    """A fair semaphore: the handler that has waited longest is next."""

    def __init__(self, count: int = SLOTS) -> None:
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot inside the block."""
        slot = _Slot(self._free)
        await slot.take()
        token = _CURRENT.set(slot)
        try:
            yield
        finally:
            _CURRENT.reset(token)
            slot.release()


@asynccontextmanager
async def slot_released() -> AsyncIterator[None]:
    """Give the current handler's slot to others inside the block; outside handlers do nothing."""
    slot = _CURRENT.get()
    if slot is None:
        yield
        return
    slot.release()
    try:
        yield
    finally:
        await slot.take()
