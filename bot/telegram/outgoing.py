"""
The outgoing queue: the calls to one chat go out one after the other, and none goes out before the
moment that Telegram asked for with 429.

Each chat has a queue of its own, so one chat's limit delays no other chat. The moment is kept in
Redis, for all replicas.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from bot.telegram.slots import slot_released
from triage.errors import QueueUnavailable
from triage.queue.expiry import bounded_ttl_ms
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

# A chat's id, or the name of a public one.
ChatId = int | str

# Telegram asks for minutes after a flood.
MAX_WAIT_S = 3600.0


class OutgoingQueue:
    """Gives each chat's calls their turn."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # the library types its commands for both kinds of client
        self._turns: WeakValueDictionary[ChatId, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, chat_id: ChatId) -> AsyncIterator[None]:
        """Hold the chat's turn; a handler that must wait for it gives its slot to others."""
        lock = self._turns.get(chat_id) or asyncio.Lock()
        self._turns[chat_id] = lock
        held = False
        try:
            async with slot_released() if lock.locked() else nullcontext():
                held = await lock.acquire()
            yield
        finally:
            # Also if this was cancelled between getting the turn and getting a slot again.
            if held:
                lock.release()

    async def wait(self, chat_id: ChatId) -> None:
        """Wait until calls to the chat are allowed again."""
        while (wait_s := await self._left_s(chat_id)) > 0:
            logger.info("chat %s: the next call waits %.1f s", chat_id, wait_s)
            async with slot_released():
                await asyncio.sleep(wait_s)

    async def close(self, chat_id: ChatId, wait_s: float) -> None:
        """Let no replica call the chat for `wait_s`."""
        with suppress(QueueUnavailable):  # without Redis this replica alone waits
            async with translate_redis_errors():
                wait_ms = max(1, round(wait_s * 1000))
                await self._redis.set(_key(chat_id), wait_ms, px=wait_ms)

    async def _left_s(self, chat_id: ChatId) -> float:
        try:
            async with translate_redis_errors():
                asked_ms = int(await self._redis.get(_key(chat_id)) or 0)
                left_ms = await bounded_ttl_ms(self._redis, _key(chat_id), asked_ms)
        except QueueUnavailable:
            return 0.0
        return min(max(0, left_ms) / 1000, MAX_WAIT_S)


def _key(chat_id: ChatId) -> str:
    return f"{{triage}}:quiet:{chat_id}"
