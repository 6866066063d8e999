"""Messages and both streams, as tests use them."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from redis.asyncio import Redis

from triage.contract import Codec, Job, ModelName, Outcome
from triage.entries import Delivery
from triage.limits import BOTS, JOBS, OUTCOMES, WORKERS
from triage.sealing import Seal, new_key
from triage.streams import Connections, Stream

LEASE_S = 0.3
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
    return Stream(connections, Codec(Job, SEAL), name=JOBS, group=WORKERS, lease_s=lease_s)


def stream_of_outcomes(connections: Connections, lease_s: float = LEASE_S) -> Stream[Outcome]:
    """Return another consumer of the outcomes."""
    return Stream(connections, Codec(Outcome, SEAL), name=OUTCOMES, group=BOTS, lease_s=lease_s)


async def pending(redis: Redis) -> int:
    """Return how many jobs were handed out and neither settled nor put aside."""
    summary = await redis.xpending(JOBS, WORKERS)
    return int(summary["pending"])


async def after_lease(reclaim: Callable[[int], Awaitable[list[Delivery[Job]]]]) -> Delivery[Job]:
    """Return the one job that can be reclaimed, waiting until its lease has run out."""
    for _ in range(200):
        if found := await reclaim(10):
            (delivery,) = found
            return delivery
        await asyncio.sleep(0.02)
    raise AssertionError("no lease has run out")
