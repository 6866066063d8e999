"""
Takes a person's reviews out of Redis: waiting jobs, outcomes on their way, dead letters.

What was deleted may still lie in the append-only file until it is rewritten, so that is asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Set
from typing import Any
from uuid import UUID

from redis.exceptions import ResponseError

from triage.queue.expiry import bounded_ttl_ms
from triage.queue.limits import BOTS, DEAD, JOBS, OUTCOMES, WORKERS
from triage.queue.messages import review_id_of
from triage.queue.redis_errors import translate_redis_errors
from triage.queue.streams import Connections
from triage.sealing import Seal

# Entries looked at with one command.
PAGE = 500

# A rewrite writes some tens of megabytes, of which most are charts that wait.
REWRITE_S = 30.0
LOOK_EVERY_S = 0.1

# A rewrite costs the whole file's size of writing; the erasures of a minute share one.
REWRITE_EVERY_S = 60.0

_REWRITES, _REWRITE_TURN = "{triage}:rewrites", "{triage}:rewrite-turn"
_REWRITE_DUE = "{triage}:rewrite-due"

_GROUPS = {JOBS: WORKERS, OUTCOMES: BOTS, DEAD: None}


async def erase(connections: Connections, seal: Seal, review_ids: Set[UUID]) -> int:
    """
    Delete every entry about `review_ids`; return how many there were.

    Raises QueueUnavailable; repeating the call is harmless.
    """
    erased = 0
    async with translate_redis_errors():
        for stream, group in _GROUPS.items():
            async for entry_id, fields in _entries(connections, stream):
                if review_id_of(fields.get(b"sealed", b""), seal) not in review_ids:
                    continue
                async with connections.commands.pipeline(transaction=True) as pipe:
                    if group is not None:
                        pipe.xack(stream, group, entry_id)
                    pipe.xdel(stream, entry_id)
                    await pipe.execute()
                erased += 1
    return erased


async def rewrite_log(connections: Connections) -> None:
    """
    Return when Redis has begun to rewrite its append-only file without what was deleted before.

    One rewrite covers all erasures before it, and there is at most one in REWRITE_EVERY_S. Raises
    QueueUnavailable if Redis refuses, or a rewrite that is under way takes longer than REWRITE_S.
    """
    redis: Any = connections.commands  # the library leaves the command untyped
    async with translate_redis_errors():
        begun = int(await redis.get(_REWRITES) or 0)
        while int(await redis.get(_REWRITES) or 0) == begun:
            if await redis.set(_REWRITE_TURN, 1, px=round(REWRITE_EVERY_S * 1000), nx=True):
                await redis.delete(_REWRITE_DUE)
                await redis.incr(_REWRITES)
                await _begin_rewrite(redis)
                return
            await bounded_ttl_ms(redis, _REWRITE_TURN, round(REWRITE_EVERY_S * 1000))
            await asyncio.sleep(LOOK_EVERY_S)


async def _begin_rewrite(redis: Any) -> None:
    """Begin a rewrite; one that is under way may have begun before the deletion, so wait for it."""
    async with asyncio.timeout(REWRITE_S):
        while True:
            try:
                await redis.bgrewriteaof()
                return
            except ResponseError as e:
                if "in progress" not in str(e):
                    raise
            await asyncio.sleep(LOOK_EVERY_S)


async def _entries(
    connections: Connections, stream: str
) -> AsyncIterator[tuple[bytes, dict[bytes, bytes]]]:
    start = "-"
    while True:
        page: list[Any] = await connections.commands.xrange(stream, start, "+", count=PAGE)
        for entry_id, fields in page:
            yield entry_id, fields
        if len(page) < PAGE:
            return
        start = f"({page[-1][0].decode()}"


class PendingErasures:
    """
    Which reviews an erasure still has to take out of Redis, kept there until it is complete.

    The archive forgets the numbers before the last look at Redis: an erasure that was broken off
    in between finds them here.
    """

    def __init__(self, connections: Connections) -> None:
        self._redis: Any = connections.commands

    async def ids(self, user_id: int) -> set[UUID]:
        """Return the review ids of an erasure that was broken off. Raises QueueUnavailable."""
        async with translate_redis_errors():
            return {UUID(found.decode()) for found in await self._redis.smembers(_key(user_id))}

    async def keep(self, user_id: int, review_ids: Set[UUID]) -> None:
        """Keep `review_ids`, which must not be empty."""
        async with translate_redis_errors():
            await self._redis.sadd(_key(user_id), *map(str, review_ids))

    async def taken_out(self, user_id: int) -> None:
        """Note that no entry is left; only Redis' log still has to be rewritten."""
        async with translate_redis_errors():
            await self._redis.set(_REWRITE_DUE, 1)
            await self._redis.delete(_key(user_id))

    async def rewrite_is_due(self) -> bool:
        """Return whether an erasure ended before Redis' log was rewritten."""
        async with translate_redis_errors():
            return bool(await self._redis.exists(_REWRITE_DUE))


def _key(user_id: int) -> str:
    return f"{{triage}}:erasing:{user_id}"
