"""
The live consumers of a consumer group, each with the time of its last registration.

One sorted set for each group, in the time of Redis, because consumers run on several machines.
Redis' own list (XINFO CONSUMERS) never drops a dead consumer. A consumer that stops cleanly removes
itself from it, and the next start removes killed ones.
"""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from triage.queue.limits import ABANDONED_S
from triage.queue.redis_errors import translate_redis_errors

# One script, so that no entry is delivered to the consumer between the check and its removal.
_REMOVE_IF_NOTHING_IS_PENDING = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
    return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return 0
"""

# Pending entries read in one round; the others follow when these are settled.
MOST_DATED = 1000

# A time of Redis that is further in the future was stored before its clock was set back.
AHEAD_S = 1.0


def consumers_key(stream: str, group: str) -> str:
    """Return the key of the sorted set: consumer names, scored by seconds since the epoch."""
    # The last part is an older name; workers of two versions share one queue during an update.
    return f"{stream}:{group}:roll"


async def register_consumer(redis: Redis, key: str, consumer: str, lease_s: float) -> None:
    """Record that a consumer is alive now; remove those silent for a lease or dated ahead."""
    now_s = await redis_time_s(redis)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {consumer: now_s})
        pipe.zremrangebyscore(key, "-inf", now_s - lease_s)
        pipe.zremrangebyscore(key, f"({now_s + AHEAD_S}", "+inf")
        await pipe.execute()


async def register_live(
    redis: Redis, stream: str, group: str, consumer: str, lease_s: float
) -> None:
    """Record that a consumer of the group is alive now."""
    await register_consumer(redis, consumers_key(stream, group), consumer, lease_s)


async def remove_consumer(redis: Redis, stream: str, group: str, consumer: str) -> None:
    """Remove a consumer that stops; from the group only if nothing is pending for it."""
    await redis.zrem(consumers_key(stream, group), consumer)
    await _remove_from_group(redis, stream, group, consumer)


async def remove_abandoned_consumers(
    redis: Redis, stream: str, group: str, abandoned_s: float = ABANDONED_S
) -> None:
    """
    Remove the consumers that were idle for `abandoned_s` and have nothing pending.

    A live consumer is created again by its next read. Raises QueueUnavailable.
    """
    async with translate_redis_errors():
        try:
            found: list[dict[str, Any]] = await redis.xinfo_consumers(stream, group)
        except ResponseError:  # there is no stream or no group yet
            return
        for known in found:
            if known["idle"] >= abandoned_s * 1000 and not known["pending"]:
                await _remove_from_group(redis, stream, group, known["name"].decode())


async def date_deliveries_anew(redis: Redis, stream: str, group: str) -> None:
    """
    Restart the lease of entries with a delivery time in the future: the clock was set back since.
    Otherwise nobody could reclaim those of a dead consumer until the clock reaches that time.

    Redis reports 0 ms of idle time for such an entry, as for one that is delivered at this moment,
    for which this changes nothing. Raises the client's errors.
    """
    commands: Any = redis  # the library types its commands for both kinds of client
    rows = await commands.xpending_range(stream, group, "-", "+", MOST_DATED)
    delivered: dict[bytes, list[bytes]] = {}
    for row in rows:
        if not row["time_since_delivered"]:
            delivered.setdefault(row["consumer"], []).append(row["message_id"])
    for consumer, entry_ids in delivered.items():
        await commands.xclaim(stream, group, consumer, 0, entry_ids, idle=0, justid=True)


async def _remove_from_group(redis: Any, stream: str, group: str, consumer: str) -> None:
    try:
        await redis.eval(_REMOVE_IF_NOTHING_IS_PENDING, 1, stream, group, consumer)
    except ResponseError as e:
        if not str(e).startswith(("NOGROUP", "ERR")):
            raise


async def count_live_consumers(redis: Redis, key: str, lease_s: float) -> int:
    """Return how many consumers registered within a lease."""
    now_s = await redis_time_s(redis)
    return int(await redis.zcount(key, f"({now_s - lease_s}", now_s + AHEAD_S))


async def redis_time_s(redis: Redis) -> float:
    """Return the time of the Redis server, in seconds since the epoch."""
    seconds, micros = await redis.time()
    return float(seconds + micros / 1_000_000)
