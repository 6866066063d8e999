"""
The live consumers of a consumer group, each with the time of its last sign of life.

One sorted set for each group, in the time of Redis, because consumers run on several machines.
Redis' own list (XINFO CONSUMERS) never drops a consumer that is gone.
"""

from redis.asyncio import Redis


def consumers_key(stream: str, group: str) -> str:
    """Return the key of the sorted set: consumer names, scored by seconds since the epoch."""
    # The last part is an older name; workers of two versions share one queue during an update.
    return f"{stream}:{group}:roll"


async def register_consumer(redis: Redis, key: str, consumer: str, lease_s: float) -> None:
    """Record that a consumer is alive now, and remove those that were silent for a lease."""
    now_s = await redis_time_s(redis)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {consumer: now_s})
        pipe.zremrangebyscore(key, "-inf", now_s - lease_s)
        await pipe.execute()


async def unregister_consumer(redis: Redis, key: str, consumer: str) -> None:
    """Remove a consumer that ends."""
    await redis.zrem(key, consumer)


async def count_live_consumers(redis: Redis, key: str, lease_s: float) -> int:
    """Return how many consumers registered within a lease."""
    return int(await redis.zcount(key, f"({await redis_time_s(redis) - lease_s}", "+inf"))


async def redis_time_s(redis: Redis) -> float:
    """Return the time of the Redis server, in seconds since the epoch."""
    seconds, micros = await redis.time()
    return float(seconds + micros / 1_000_000)
