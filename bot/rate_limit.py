"""Rate limits whose counters are in Redis, so that all replicas of the bot share them."""

import math

from redis.asyncio import Redis

from triage.queue.expiry import bounded_ttl_ms
from triage.queue.redis_errors import translate_redis_errors


class Throttle:
    """
    Rate limits with fixed windows: a window admits a limited number of events.

    The methods raise QueueUnavailable while Redis is unreachable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def wait_s(self, key: str, *, limit: int, window_s: int) -> int:
        """Count one event of `key`; return 0 if it may pass, or the seconds to wait."""
        name = f"{{triage}}:throttle:{key}"
        async with translate_redis_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=window_s, nx=True)
            pipe.incr(name)
            _, count = await pipe.execute()
            if count <= limit:
                return 0
            ttl_ms = await bounded_ttl_ms(self._redis, name, window_s * 1000)
        return max(math.ceil(ttl_ms / 1000), 1)

    async def happened(self, key: str) -> bool:
        """Return whether `first` was called for `key` in its window; count nothing."""
        async with translate_redis_errors():
            return bool(await self._redis.exists(f"{{triage}}:once:{key}"))

    async def first(self, key: str, *, window_s: int) -> bool:
        """Return True for the first event of `key` in `window_s`."""
        name = f"{{triage}}:once:{key}"
        async with translate_redis_errors():
            if await self._redis.set(name, 1, ex=window_s, nx=True):
                return True
            await bounded_ttl_ms(self._redis, name, window_s * 1000)
        return False
