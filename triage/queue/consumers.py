"""
The roll of a group: its consumers, by when each was last there.

A sorted set for each group, by the clock of Redis, since consumers run on several machines. Redis'
own list of consumers keeps those that are gone for ever.
"""

from redis.asyncio import Redis


def roll_of(stream: str, group: str) -> str:
    """Return the key of the sorted set: consumers' names by seconds since the epoch."""
    return f"{stream}:{group}:roll"


async def sign_in(redis: Redis, roll: str, consumer: str, lease_s: float) -> None:
    """Put a consumer on the roll, and strike out who was silent for longer than a lease."""
    now_s = await clock_s(redis)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zadd(roll, {consumer: now_s})
        pipe.zremrangebyscore(roll, "-inf", now_s - lease_s)
        await pipe.execute()


async def sign_out(redis: Redis, roll: str, consumer: str) -> None:
    """Strike a consumer out that ends."""
    await redis.zrem(roll, consumer)


async def count_present(redis: Redis, roll: str, lease_s: float) -> int:
    """Return how many consumers signed in within a lease."""
    return int(await redis.zcount(roll, f"({await clock_s(redis) - lease_s}", "+inf"))


async def clock_s(redis: Redis) -> float:
    """Return what time it is for Redis, in seconds since the epoch."""
    seconds, micros = await redis.time()
    return float(seconds + micros / 1_000_000)
