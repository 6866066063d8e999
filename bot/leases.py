"""
Leases in Redis: work that only one replica of the bot does at a time.

A lease is a redis-py lock that its holder keeps extending. While Redis is unreachable no replica
can take a lease, so the holder keeps working; it stops only when another replica has the lease.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, LockNotOwnedError

from triage.errors import QueueUnavailable
from triage.queue.expiry import bounded_ttl_ms
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

PREFIX = "{triage}:lease:"

# A replica whose lease has expired has crashed or is cut off from Redis. After a bot was killed,
# the next one waits this long for the lease.
LEASE_S = 10.0


class Lease:
    """A named lock that one replica holds."""

    def __init__(self, redis: Redis, name: str, lease_s: float) -> None:
        self._redis = redis
        self._key = f"{PREFIX}{name}"
        self._longest_ms = round(max(lease_s, LEASE_S) * 1000)
        self._lock = Lock(redis, self._key, timeout=lease_s, thread_local=False)
        self.renew_every_s = lease_s / 3

    async def take(self, patience_s: float = 0.0) -> bool:
        """Take the lease, waiting up to `patience_s` for it; return whether it was taken."""
        async with translate_redis_errors():
            if await self._lock.acquire(blocking=False):
                return True
            await bounded_ttl_ms(self._redis, self._key, self._longest_ms)
            return bool(await self._lock.acquire(blocking_timeout=patience_s))

    async def keep(self) -> None:
        """Keep extending the lease; return when another replica holds it."""
        held = True
        while held:
            await asyncio.sleep(self.renew_every_s)
            with suppress(QueueUnavailable):
                held = await self._renew()

    async def drop(self) -> None:
        """Release the lease; if Redis is unreachable, it expires."""
        with suppress(QueueUnavailable):
            async with translate_redis_errors():
                with suppress(LockError):
                    await self._lock.release()

    async def _renew(self) -> bool:
        async with translate_redis_errors():
            try:
                return bool(await self._lock.reacquire())
            except LockNotOwnedError:
                # Redis was flushed or answered too late; the lease may still be free.
                return bool(await self._lock.acquire(blocking=False))


class Leases:
    """Creates leases that expire `lease_s` after their holder last extended them."""

    def __init__(self, redis: Redis, lease_s: float = LEASE_S) -> None:
        self._redis = redis
        self.lease_s = lease_s

    def lease(self, name: str) -> Lease:
        """Return the lease called `name`, not yet taken."""
        return Lease(self._redis, name, self.lease_s)

    @asynccontextmanager
    async def turn(self, name: str, patience_s: float = 0.0) -> AsyncIterator[bool]:
        """
        Hold the lease `name` in the block; yield False if another held it for `patience_s`.

        Raises QueueUnavailable if Redis is unreachable.
        """
        lease = self.lease(name)
        if not await lease.take(patience_s):
            yield False
            return
        keeping = asyncio.create_task(lease.keep())
        try:
            yield True
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            await lease.drop()

    async def lead(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` while this replica holds the lease `name`, until cancelled."""
        lease, said = self.lease(name), False
        while True:
            if await _taken(lease.take):
                logger.info("this replica has the lease %s", name)
                await _while_held(lease, work)
                logger.info("another replica now has the lease %s", name)
            elif not said:
                logger.info("this replica waits for the lease %s", name)
            said = True
            await asyncio.sleep(lease.renew_every_s)


async def _taken(take: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await take()
    except QueueUnavailable as e:
        logger.warning("no lease can be taken: %s", e)
        return False


async def _while_held(lease: Lease, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` until the lease is lost, or until the work ends or fails."""
    working, keeping = asyncio.create_task(work()), asyncio.create_task(lease.keep())
    try:
        await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, keeping):
            task.cancel()
        await asyncio.wait({working, keeping})
        await lease.drop()
    if not working.cancelled():
        working.result()
