"""
How many entries wait in Redis and how many consumers are live.

For /queue, Prometheus and health checks; all times are those of the Redis server.
"""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from triage.queue.consumers import AHEAD_S, consumers_key, count_live_consumers, redis_time_s
from triage.queue.limits import BOTS, DEAD, JOBS, LEASE_S, OUTCOMES, WORKERS
from triage.queue.redis_errors import translate_redis_errors


@dataclass(frozen=True, slots=True)
class StreamBacklog:
    """Open entries of a stream, the age of the oldest, and how long ago one was last added."""

    entries: int = 0
    oldest_s: float = 0.0
    added_s: float | None = None  # None if none was ever added


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queue at one moment: waiting entries, dead letters, and consumers live within a lease."""

    jobs: StreamBacklog
    outcomes: StreamBacklog
    dead: StreamBacklog
    workers: int
    bots: int


async def read_backlog(commands: Redis, lease_s: float = LEASE_S) -> Backlog:
    """Return the present backlog; raises QueueUnavailable."""
    async with translate_redis_errors():
        return Backlog(
            jobs=await _waiting(commands, JOBS),
            outcomes=await _waiting(commands, OUTCOMES),
            dead=await _waiting(commands, DEAD),
            workers=await count_live_consumers(commands, consumers_key(JOBS, WORKERS), lease_s),
            bots=await count_live_consumers(commands, consumers_key(OUTCOMES, BOTS), lease_s),
        )


async def _waiting(commands: Redis, stream: str) -> StreamBacklog:
    try:
        info: Any = await commands.xinfo_stream(stream)
    except ResponseError:  # the stream does not exist yet
        return StreamBacklog()
    now_s, first = await redis_time_s(commands), info["first-entry"]
    last_s = _added_s(info["last-generated-id"])
    return StreamBacklog(
        entries=int(info["length"]),
        oldest_s=max(0.0, now_s - _added_s(first[0])) if first else 0.0,
        # An entry dated in the future was added before the clock of Redis was set back.
        added_s=max(0.0, now_s - last_s) if 0 < last_s <= now_s + AHEAD_S else None,
    )


def _added_s(entry_id: bytes) -> float:
    """Return when the entry was added: its id begins with the milliseconds."""
    return int(entry_id.split(b"-")[0]) / 1000
