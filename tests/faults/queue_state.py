"""What is left in Redis: open entries, dead letters, consumers and keys that never expire."""

from dataclasses import dataclass

from redis import Redis

from triage.queue.consumers import consumers_key
from triage.queue.limits import BOTS, DEAD, JOBS, OUTCOMES, WORKERS


@dataclass(frozen=True, slots=True)
class QueueState:
    """A moment of the queue."""

    jobs: int
    outcomes: int
    dead: int
    workers: int  # live consumers
    bots: int
    lasting_keys: frozenset[str]

    @property
    def is_idle(self) -> bool:
        """Whether one bot and one worker have nothing to do."""
        return (self.jobs, self.outcomes, self.workers, self.bots) == (0, 0, 1, 1)


def queue_state(redis_url: str) -> QueueState:
    """Read Redis."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        lasting = frozenset(key for key in client.scan_iter() if client.ttl(key) == -1)
        return QueueState(
            jobs=client.xlen(JOBS),
            outcomes=client.xlen(OUTCOMES),
            dead=client.xlen(DEAD),
            workers=client.zcard(consumers_key(JOBS, WORKERS)),
            bots=client.zcard(consumers_key(OUTCOMES, BOTS)),
            lasting_keys=lasting,
        )
