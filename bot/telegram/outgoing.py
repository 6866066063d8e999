"""
The outgoing queue: writes to one chat are made one after the other, and no call to it before the
moment that Telegram set with 429.

Each chat has its own queue, so one chat's limit does not delay other chats; more urgent writes go
first. The moment is stored in Redis, for all replicas. So are the recent writes to a group (sends,
edits, new topics, messages for one member), which Telegram limits. `bot.urgency` says how much of
this limit each kind of write may use.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from bot.clock import AHEAD_MS, now_ms
from bot.telegram.slots import slot_released
from bot.telegram.turns import Place, Turns
from bot.urgency import PLACES, WINDOW_S, Urgency, current_urgency
from triage.errors import QueueUnavailable
from triage.queue.expiry import bounded_ttl_ms
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

# A chat's id, or the name of a public one.
ChatId = int | str

# A write that waits looks for room this often: the clock of the sandbox can be moved meanwhile.
LOOK_EVERY_S = 1.0

# The longest wait; after a flood Telegram asks for minutes.
MAX_WAIT_S = 3600.0

# The most writes above the share of a card, the kind with the smallest share.
_MOST_TOO_MANY = max(PLACES.values()) - min(PLACES.values()) + 1


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """The turn of a chat, and who holds it."""

    turns: Turns
    place: Place

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Let more urgent writes, and other handlers, continue inside the block."""
        self.turns.lend(self.place)
        async with slot_released():
            yield
            await self.turns.take_back(self.place)


class OutgoingQueue:
    """Gives each chat's writes their turn."""

    def __init__(self, redis: Redis, *, paced: bool = True) -> None:
        """Limit the writes to groups if `paced`."""
        self._redis: Any = redis  # the library types its commands for both kinds of client
        self._paced = paced
        self._turns: WeakValueDictionary[ChatId, Turns] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, chat_id: ChatId) -> AsyncIterator[HeldTurn]:
        """Hold the chat's turn; a handler that must wait for it gives its slot to others."""
        turns = self._turns.get(chat_id) or Turns()
        self._turns[chat_id] = turns
        place: Place | None = None
        try:
            async with slot_released() if turns.is_taken else nullcontext():
                place = await turns.take(current_urgency())
            yield HeldTurn(turns, place)
        finally:
            # Also if this was cancelled between getting the turn and getting a slot again.
            if place is not None:
                turns.leave(place)

    async def wait(self, chat_id: ChatId) -> None:
        """Wait until calls to the chat are allowed again."""
        while (wait_s := await self._left_s(chat_id)) > 0:
            logger.info("chat %s: the next call waits %.1f s", chat_id, wait_s)
            async with slot_released():
                await asyncio.sleep(wait_s)

    async def close(self, chat_id: ChatId, wait_s: float) -> None:
        """Prevent calls to the chat by all replicas for `wait_s`."""
        with suppress(QueueUnavailable):  # without Redis only this replica waits
            async with translate_redis_errors():
                wait_ms = max(1, round(wait_s * 1000))
                await self._redis.set(_key(chat_id), wait_ms, px=wait_ms)

    async def count_writes(self, chat_id: ChatId, turn: HeldTurn, messages: int = 1) -> None:
        """Count messages to a group, each after waiting until there is room for it."""
        if not self._paced or not isinstance(chat_id, int) or chat_id >= 0:
            return
        for _ in range(messages):
            await self._count_write(chat_id, turn)

    async def _count_write(self, chat_id: int, turn: HeldTurn) -> None:
        told = False
        while (wait_s := await self._booked(chat_id, current_urgency())) > 0:
            if not told:
                logger.info("group %s: the next write waits %.1f s", chat_id, wait_s)
            told = True
            async with turn.lent():
                await asyncio.sleep(min(wait_s, LOOK_EVERY_S))

    async def recent_writes(self, chat_id: int) -> list[float]:
        """Return when the group was last written to, seconds since the epoch, oldest first."""
        since_s = now_ms() / 1000 - WINDOW_S
        try:
            async with translate_redis_errors():
                found = await self._redis.zrange(
                    _writes_key(chat_id), since_s, "+inf", byscore=True, withscores=True
                )
        except QueueUnavailable:
            return []
        return [float(score) for _, score in found]

    async def _booked(self, chat_id: int, urgency: Urgency) -> float:
        """Count a write and return 0, or return the seconds to wait until there is room for it."""
        now_s, member, key = now_ms() / 1000, secrets.token_hex(8), _writes_key(chat_id)
        try:
            async with translate_redis_errors(), self._redis.pipeline(transaction=True) as pipe:
                pipe.zremrangebyscore(key, "-inf", now_s - WINDOW_S)
                # Stored before the clock was set back.
                pipe.zremrangebyscore(key, f"({now_s + AHEAD_MS / 1000}", "+inf")
                pipe.zadd(key, {member: now_s})
                pipe.zcard(key)
                pipe.zrange(key, 0, _MOST_TOO_MANY, withscores=True)
                pipe.expire(key, round(WINDOW_S) + 1)
                *_, count, oldest, _ = await pipe.execute()
                too_many = count - PLACES[urgency]
                if too_many <= 0:
                    return 0.0
                await self._redis.zrem(key, member)
        except QueueUnavailable:  # without Redis Telegram's own limit remains
            return 0.0
        _, written_s = oldest[min(too_many, len(oldest)) - 1]
        return min(WINDOW_S, max(0.1, float(written_s) + WINDOW_S - now_s))

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
