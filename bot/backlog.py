"""How much waits in Redis and who works on it, for moderators, Prometheus and health checks."""

from dataclasses import dataclass
from typing import Any

from triage.limits import BOTS, DEAD, JOBS, LEASE_S, OUTCOMES, WORKERS
from triage.redis_errors import translated
from triage.roll import roll_of
from triage.streams import Connections


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open entries of one stream, and the age of the oldest; 0 where there is none."""

    entries: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queue at one moment: what waits, what was put aside, who was there within a lease."""

    jobs: Waiting
    outcomes: Waiting
    dead: Waiting
    workers: int
    bots: int


async def read_backlog(connections: Connections, lease_s: float = LEASE_S) -> Backlog:
    """Return what Redis holds now, by its own clock; QueueUnavailable where it cannot be asked."""
    async with translated(), connections.commands.pipeline(transaction=False) as pipe:
        pipe.time()
        for stream in (JOBS, OUTCOMES, DEAD):
            pipe.xlen(stream)
            pipe.xrange(stream, count=1)
        for stream, group in ((JOBS, WORKERS), (OUTCOMES, BOTS)):
            pipe.zrange(roll_of(stream, group), 0, -1, withscores=True)
        (seconds, micros), *found, workers, bots = await pipe.execute()
    now_s = seconds + micros / 1_000_000

    def alive(roll: list[tuple[bytes, float]]) -> int:
        return sum(seen_s > now_s - lease_s for _, seen_s in roll)

    jobs, outcomes, dead = (
        Waiting(length, _age_s(first, now_s))
        for length, first in zip(found[::2], found[1::2], strict=True)
    )
    return Backlog(jobs, outcomes, dead, alive(workers), alive(bots))


def _age_s(first: list[tuple[bytes, Any]], now_s: float) -> float:
    """Return the age of an entry; its id begins with the milliseconds at which Redis took it."""
    if not first:
        return 0.0
    return max(0.0, now_s - int(first[0][0].split(b"-")[0]) / 1000)
