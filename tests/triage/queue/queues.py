"""Messages and both streams, as tests use them."""

from uuid import UUID, uuid4

from redis.asyncio import Redis

from triage.key_file import new_key
from triage.queue.deliveries import Delivery
from triage.queue.limits import JOBS, WORKERS
from triage.queue.messages import Job, ModelName, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, Stream
from triage.sealing import Seal

# Short, for what happens by itself while a lease runs and when it has run out.
LEASE_S = 0.3

# Runs out in no test, however slow the machine; `run_out` lets it.
LONG_LEASE_S = 60.0
HOUR_MS = 3_600_000

KEY = new_key().decode()
SEAL = Seal([KEY.encode()])


def job(text: str = "Опоздали на час") -> Job:
    """Return a complaint about a delivery."""
    return Job(
        review_id=uuid4(), rating=1, tags=("DELIVERY",), text=text, language="ru", enqueued_ms=1
    )


def failed(review_id: UUID) -> Outcome:
    """Return the shortest outcome there is."""
    return Outcome(review_id=review_id, model=ModelName(name="m", version="1"), error="no model")


def stream_of_jobs(connections: Connections, lease_s: float = LEASE_S) -> Stream[Job]:
    """Return another consumer of the jobs."""
    return job_stream(connections, SEAL, lease_s=lease_s)


def stream_of_outcomes(connections: Connections, lease_s: float = LEASE_S) -> Stream[Outcome]:
    """Return another consumer of the outcomes."""
    return outcome_stream(connections, SEAL, lease_s=lease_s)


async def pending(redis: Redis) -> int:
    """Return how many jobs were delivered and not settled."""
    summary = await redis.xpending(JOBS, WORKERS)
    return int(summary["pending"])


async def run_out(redis: Redis) -> None:
    """Let the leases of all jobs run out, as if their consumers had been silent for an hour."""
    for entry in await redis.xpending_range(JOBS, WORKERS, "-", "+", 1000):
        held = (entry["consumer"], 0, [entry["message_id"]])
        await redis.xclaim(JOBS, WORKERS, *held, idle=HOUR_MS, justid=True)


async def have_run_out(redis: Redis) -> bool:
    """Return whether nobody has renewed a lease since they ran out."""
    entries = await redis.xpending_range(JOBS, WORKERS, "-", "+", 1000)
    return all(entry["time_since_delivered"] >= HOUR_MS for entry in entries)


async def reclaimed(stream: Stream[Job]) -> Delivery[Job]:
    """Return the one job that can be reclaimed."""
    (delivery,) = await stream.reclaim(10)
    return delivery
