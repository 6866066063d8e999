"""
What one replica of the bot does at a time, agreed on in Redis.

A lease is redis-py's lock whose end its holder puts off. While Redis cannot be reached nobody can
take a lease either, so who holds one goes on; only a Redis that names another holder takes it away.
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
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

PREFIX = "{triage}:lease:"

# A replica only waits for others, so that one silent for this long is dead or cut off. A bot that
# was killed keeps its successor waiting as long.
LEASE_S = 10.0


class Lease:
    """One name that one replica holds."""

    def __init__(self, redis: Redis, name: str, lease_s: float) -> None:
        self._lock = Lock(redis, f"{PREFIX}{name}", timeout=lease_s, thread_local=False)
        self.renew_every_s = lease_s / 3

    async def take(self, patience_s: float = 0.0) -> bool:
        """Return whether the lease is now this one's; wait for it for up to `patience_s`."""
        async with translate_redis_errors():
            return bool(await self._lock.acquire(blocking_timeout=patience_s))

    async def keep(self) -> None:
        """Renew the lease, and return when it is another's."""
        held = True
        while held:
            await asyncio.sleep(self.renew_every_s)
            with suppress(QueueUnavailable):
                held = await self._renew()

    async def drop(self) -> None:
        """Let the next one have it; where that cannot be said, it runs out."""
        with suppress(QueueUnavailable):
            async with translate_redis_errors():
                with suppress(LockError):
                    await self._lock.release()

    async def _renew(self) -> bool:
        async with translate_redis_errors():
            try:
                return bool(await self._lock.reacquire())
            except LockNotOwnedError:
                # Redis was flushed, or did not answer in time; perhaps nobody took it meanwhile.
                return bool(await self._lock.acquire(blocking=False))


class Leases:
    """Makes leases that end `lease_s` after their holder fell silent."""

    def __init__(self, redis: Redis, lease_s: float = LEASE_S) -> None:
        self._redis = redis
        self.lease_s = lease_s

    def lease(self, name: str) -> Lease:
        """Return the lease called `name`; nobody holds it yet."""
        return Lease(self._redis, name, self.lease_s)

    @asynccontextmanager
    async def turn(self, name: str, patience_s: float = 0.0) -> AsyncIterator[bool]:
        """
        Hold `name` meanwhile; yield False where another does and went on for `patience_s`.

        Raises QueueUnavailable where Redis cannot be asked.
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
        """Do `work` whenever no other replica does, for ever."""
        lease, said = self.lease(name), False
        while True:
            if await _taken(lease.take):
                logger.info("this replica has the lease %s", name)
                await _while_held(lease, work)
                logger.info("another replica has the lease %s by now", name)
            elif not said:
                logger.info("this replica stands by for the lease %s", name)
            said = True
            await asyncio.sleep(lease.renew_every_s)


async def _taken(take: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await take()
    except QueueUnavailable as e:
        logger.warning("no lease can be taken: %s", e)
        return False


async def _while_held(lease: Lease, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Work until the lease is lost; the work's own end or error ends it too."""
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
