"""How long what is in a stream waits already, by the clock of Redis."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from triage.redis_errors import translated


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open entries of a stream, the age of the oldest, and how long ago one was last added."""

    length: int = 0
    oldest_s: float = 0.0
    added_s: float | None = None  # none was ever added


async def look_at(commands: Redis, stream: str) -> Backlog:
    """Return what waits in `stream`; raises QueueUnavailable."""
    async with translated():
        try:
            info: Any = await commands.xinfo_stream(stream)
        except ResponseError:  # there is no such stream yet
            return Backlog()
        seconds, microseconds = await commands.time()
    now_s = seconds + microseconds / 1e6
    first = info["first-entry"]
    last_id = info["last-generated-id"]
    return Backlog(
        length=int(info["length"]),
        oldest_s=max(0.0, now_s - _added_s(first[0])) if first else 0.0,
        added_s=max(0.0, now_s - _added_s(last_id)) if _added_s(last_id) else None,
    )


def _added_s(entry_id: bytes) -> float:
    """Return when the entry was added: its id begins with the milliseconds."""
    return int(entry_id.split(b"-")[0]) / 1000
