"""
The outgoing queue: the calls to one chat go out one after the other, and none goes out before the
moment that Telegram asked for with 429.

Each chat has a queue of its own, so one chat's limit delays no other chat. The moment is kept in
Redis, for all replicas. So are the writes to a group: at most GROUP_WRITES in any WINDOW_S, which
leaves two of the twenty that Telegram allows for a clock that differs.
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from bot.clock import AHEAD_MS
from bot.telegram.slots import slot_released
from triage.errors import QueueUnavailable
from triage.queue.expiry import bounded_ttl_ms
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

# A chat's id, or the name of a public one.
ChatId = int | str

WINDOW_S = 60.0
GROUP_WRITES = 18

# Telegram asks for minutes after a flood.
MAX_WAIT_S = 3600.0


class OutgoingQueue:
    """Gives each chat's calls their turn."""

    def __init__(self, redis: Redis, *, paced: bool = True) -> None:
        """Limit the writes to groups if `paced`."""
        self._redis: Any = redis  # the library types its commands for both kinds of client
        self._paced = paced
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

    async def count_write(self, chat_id: ChatId) -> None:
        """Count a write to a group, after waiting until there is room for it."""
        if not self._paced or not isinstance(chat_id, int) or chat_id >= 0:
            return
        while (wait_s := await self._booked(chat_id)) > 0:
            logger.info("group %s: the next write waits %.1f s", chat_id, wait_s)
            async with slot_released():
                await asyncio.sleep(wait_s)

    async def recent_writes(self, chat_id: int) -> list[float]:
        """Return when the group was last written to, seconds since the epoch, oldest first."""
        since_s = time.time() - WINDOW_S
        try:
            async with translate_redis_errors():
                found = await self._redis.zrange(
                    _writes_key(chat_id), since_s, "+inf", byscore=True, withscores=True
                )
        except QueueUnavailable:
            return []
        return [float(score) for _, score in found]

    async def _booked(self, chat_id: int) -> float:
        """Book a write and return 0, or return how many seconds to wait for the next free place."""
        now_s, member, key = time.time(), secrets.token_hex(8), _writes_key(chat_id)
        try:
            async with translate_redis_errors(), self._redis.pipeline(transaction=True) as pipe:
                pipe.zremrangebyscore(key, "-inf", now_s - WINDOW_S)
                # Counted by a clock that has been set back since.
                pipe.zremrangebyscore(key, f"({now_s + AHEAD_MS / 1000}", "+inf")
                pipe.zadd(key, {member: now_s})
                pipe.zcard(key)
                pipe.zrange(key, 0, 0, withscores=True)
                pipe.expire(key, round(WINDOW_S) + 1)
                *_, count, oldest, _ = await pipe.execute()
                if count <= GROUP_WRITES:
                    return 0.0
                await self._redis.zrem(key, member)
        except QueueUnavailable:  # without Redis Telegram's own limit remains
            return 0.0
        return min(WINDOW_S, max(0.1, float(oldest[0][1]) + WINDOW_S - now_s))

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


def _writes_key(chat_id: int) -> str:
    return f"{{triage}}:writes:{chat_id}"
