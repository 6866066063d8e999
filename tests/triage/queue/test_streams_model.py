"""Whatever consumers do, in whatever order: a published job ends as an outcome or is open."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from fakeredis import FakeServer
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.fake_redis import connect_to
from tests.triage.queue.queues import failed, job, pending, stream_of_jobs, stream_of_outcomes
from triage.queue.deliveries import Delivery
from triage.queue.messages import Job, Outcome
from triage.queue.streams import Connections, Stream

# A millisecond: what one consumer holds another may take, as after a long pause of the machine.
LEASE_S = 0.001

STEPS = st.tuples(
    st.sampled_from(["publish", "read", "reclaim", "settle", "release", "give_back", "crash"]),
    st.integers(0, 1),  # which consumer
    st.integers(1, 3),  # how many
)


class Consumer:
    """A consumer and what it was handed, in any order and as often as it was."""

    def __init__(self, connections: Connections, outcomes: Stream[Outcome]) -> None:
        self.jobs = stream_of_jobs(connections, LEASE_S)
        self._outcomes = outcomes
        self._hand: list[Delivery[Job]] = []

    async def take(self, how: str, count: int) -> bool:
        found = (
            await self.jobs.read(count, block_ms=0)
            if how == "read"
            else await self.jobs.reclaim(count)
        )
        assert all(delivery.times == 1 for delivery in found if how == "read")
        self._hand += found
        return bool(found)

    async def settle(self, count: int) -> None:
        for _ in range(min(count, len(self._hand))):
            delivery = self._hand.pop()
            result = self._outcomes.entry(failed(delivery.message.review_id))
            await self.jobs.settle(delivery.entry_id, result)

    def release(self) -> None:
        self.jobs.release([delivery.entry_id for delivery in self._hand])
        self._hand.clear()

    async def give_back(self) -> None:
        await self.jobs.give_back()
        self._hand.clear()


async def answered(outcomes: Stream[Outcome]) -> set[UUID]:
    found = await outcomes.read(1000, block_ms=0)
    return {delivery.message.review_id for delivery in found}


async def play(steps: Sequence[tuple[str, int, int]]) -> None:
    connections = connect_to(FakeServer())
    outcomes = stream_of_outcomes(connections)
    await outcomes.create_group()
    consumers = [Consumer(connections, outcomes) for _ in range(2)]
    await consumers[0].jobs.create_group()
    published = set()
    for what, who, count in steps:
        match what:
            case "publish":
                published.add((sent := job()).review_id)
                await consumers[who].jobs.publish(sent)
            case "read" | "reclaim":
                await consumers[who].take(what, count)
            case "settle":
                await consumers[who].settle(count)
            case "release":
                consumers[who].release()
            case "give_back":
                await consumers[who].give_back()
            case "crash":
                consumers[who] = Consumer(connections, outcomes)

    last = Consumer(connections, outcomes)
    await asyncio.sleep(0.003)
    while await last.take("read", 100) or await last.take("reclaim", 100):
        await last.settle(100)
    assert await answered(outcomes) == published
    assert (await last.jobs.length(), await pending(connections.commands)) == (0, 0)
    await connections.aclose()


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_no_job_is_lost_under_any_sequence_of_consumer_actions(
    steps: list[tuple[str, int, int]],
) -> None:
    asyncio.run(play(steps))
