"""Rate limits whose counters are in Redis, so that all replicas of the bot share them."""

from redis.asyncio import Redis

from triage.queue.redis_errors import translate_redis_errors


class Throttle:
    """
    Rate limits with fixed windows: a window admits a limited number of events.

    The methods raise QueueUnavailable while Redis is unreachable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def wait_s(self, key: str, *, limit: int, window_s: int) -> int:
        """Count one event of `key`; return 0 if it may pass, else the seconds to wait."""
        name = f"{{triage}}:throttle:{key}"
        async with translate_redis_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=window_s, nx=True)
            pipe.incr(name)
            pipe.ttl(name)
            _, count, ttl_s = await pipe.execute()
        return max(int(ttl_s), 1) if count > limit else 0

    async def first(self, key: str, *, window_s: int) -> bool:
        """Return True for the first event of `key` in `window_s`."""
        async with translate_redis_errors():
            return bool(await self._redis.set(f"{{triage}}:once:{key}", 1, ex=window_s, nx=True))
