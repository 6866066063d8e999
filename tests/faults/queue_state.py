"""What is left in Redis: open entries, dead letters, consumers and keys that never expire."""

from dataclasses import dataclass

from redis import Redis

from triage.queue.consumers import consumers_key
from triage.queue.limits import BOTS, DEAD, JOBS, OUTCOMES, WORKERS
from triage.queue.served_models import SERVED

# What an idle installation keeps in Redis for good. A job whose worker was killed at every delivery
# becomes a dead letter. Its review goes to a person, so it is not lost.
LASTING_KEYS = frozenset(
    {JOBS, OUTCOMES, DEAD, SERVED, consumers_key(JOBS, WORKERS), consumers_key(OUTCOMES, BOTS)}
)


@dataclass(frozen=True, slots=True)
class QueueState:
    """A moment of the queue."""

    jobs: int
    outcomes: int
    dead: int
    workers: int  # live consumers
    bots: int
    lasting_keys: frozenset[str]

    def is_idle(self, bots: int) -> bool:
        """Return whether one worker and `bots` bots are there, and nothing else is left."""
        counts = (self.jobs, self.outcomes, self.workers, self.bots)
        return counts == (0, 0, 1, bots) and self.lasting_keys <= LASTING_KEYS


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
