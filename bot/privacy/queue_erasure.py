"""
Removes a person's reviews from Redis: waiting jobs, waiting outcomes, dead letters.

Deleted entries may remain in the append-only file until it is rewritten, so a rewrite is requested.
"""

import asyncio
import logging
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

logger = logging.getLogger(__name__)

# Entries read with one command.
PAGE = 500

# A rewrite writes some tens of megabytes, mostly waiting charts.
REWRITE_S = 30.0
LOOK_EVERY_S = 0.1

# A rewrite writes the whole file; the erasures of a minute share one.
REWRITE_EVERY_S = 60.0

_REWRITE_TURN = "{triage}:rewrite-turn"

_GROUPS = {JOBS: WORKERS, OUTCOMES: BOTS, DEAD: None}


async def erase(connections: Connections, seal: Seal, review_ids: Set[UUID]) -> int:
    """
    Delete every entry about `review_ids`; return how many there were.

    Raises QueueUnavailable; repeating the call is harmless.
    """
    erased = 0
    if not review_ids:
        return erased
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


async def rewrite_log(connections: Connections) -> bool:
    """
    Start to rewrite Redis' append-only file without deleted entries; return False if too early.

    One rewrite covers all erasures before it, and there is at most one in REWRITE_EVERY_S. Raises
    QueueUnavailable if a rewrite that is under way takes longer than REWRITE_S.
    """
    redis: Any = connections.commands  # the library leaves the command untyped
    async with translate_redis_errors():
        longest_ms = round(REWRITE_EVERY_S * 1000)
        if not await redis.set(_REWRITE_TURN, 1, px=longest_ms, nx=True):
            await bounded_ttl_ms(redis, _REWRITE_TURN, longest_ms)
            return False
        await _begin_rewrite(redis)
    return True


async def _begin_rewrite(redis: Any) -> None:
    """Start a rewrite, after one that is under way: that one may have missed the deletion."""
    async with asyncio.timeout(REWRITE_S):
        while True:
            try:
                await redis.bgrewriteaof()
                return
            except ResponseError as e:
                if "in progress" not in str(e):
                    # Not allowed: Redis rewrites the log by itself as it grows.
                    logger.warning("Redis refuses to rewrite its log: %s", e)
                    return
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
