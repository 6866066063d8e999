"""The streams on a real Redis and on the fake one, by the same tests."""

import asyncio
import time

import pytest

from tests.triage.queue.queues import (
    LEASE_S,
    LONG_LEASE_S,
    failed,
    have_run_out,
    job,
    pending,
    reclaimed,
    run_out,
    stream_of_jobs,
    stream_of_outcomes,
)
from triage.queue.limits import JOBS, OUTCOMES, WORKERS
from triage.queue.messages import Job, Outcome
from triage.queue.streams import Connections, Stream


class TestStream:
    @pytest.fixture
    async def jobs(self, connections: Connections) -> Stream[Job]:
        jobs = stream_of_jobs(connections, LONG_LEASE_S)
        await jobs.create_group()
        return jobs

    @pytest.fixture
    def other(self, connections: Connections) -> Stream[Job]:
        """Another consumer, in the same process or not."""
        return stream_of_jobs(connections, LONG_LEASE_S)

    @pytest.fixture
    async def renewing(self, connections: Connections) -> Stream[Job]:
        """A consumer with a short lease, which it renews often."""
        jobs = stream_of_jobs(connections, LEASE_S)
        await jobs.create_group()
        return jobs

    @pytest.fixture
    def outcomes(self, connections: Connections) -> Stream[Outcome]:
        return stream_of_outcomes(connections)

    async def test_a_message_arrives_as_it_was_published(self, jobs: Stream[Job]) -> None:
        sent = job('<b>&<eos> "x" 🙂')
        place = await jobs.publish(sent, b"\x89PNG\x00")

        (delivery,) = await jobs.read(10)

        assert delivery.message == sent
        assert (delivery.entry_id, delivery.attachment) == (place.entry_id, b"\x89PNG\x00")
        assert delivery.times == 1

    @pytest.mark.parametrize("forged", ["attachment", "tag", "no tag"])
    async def test_an_attachment_that_was_replaced_in_redis_is_dropped(
        self, jobs: Stream[Job], connections: Connections, forged: str
    ) -> None:
        place = await jobs.publish(job("text"), b"\x89PNG\x00")
        [(_, fields)] = await connections.commands.xrange(JOBS)
        await connections.commands.xdel(JOBS, place.entry_id)
        fields[forged.removeprefix("no ").encode()] = b"another"
        if forged == "no tag":
            del fields[b"tag"]
        await connections.commands.xadd(JOBS, fields)

        (delivery,) = await jobs.read(10)

        assert delivery.message.text == "text"
        assert delivery.attachment == b""

    async def test_nothing_readable_lies_in_redis(
        self, jobs: Stream[Job], connections: Connections
    ) -> None:
        await jobs.publish(job("canary"))
        entries = await connections.commands.xrange(JOBS)
        assert b"canary" not in repr(entries).encode()

    async def test_a_message_learns_its_place_in_the_queue(self, jobs: Stream[Job]) -> None:
        assert [(await jobs.publish(job())).before for _ in range(3)] == [0, 1, 2]
        (first,) = await jobs.read(1)
        assert (await jobs.publish(job())).before == 3, "what is being worked on still counts"
        await jobs.settle(first.entry_id)
        assert (await jobs.publish(job())).before == 3

    async def test_a_settled_message_is_gone(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        place = await jobs.publish(job())
        (delivery,) = await jobs.read(10)
        assert await jobs.contains(place.entry_id)
        assert jobs.held == 1

        await jobs.settle(delivery.entry_id)

        assert not await jobs.contains(place.entry_id)
        assert (jobs.held, await jobs.length(), await pending(connections.commands)) == (0, 0, 0)
        await run_out(connections.commands)
        assert await other.reclaim(10) == []
        assert await other.read(10, block_ms=0) == []

    async def test_a_result_appears_in_the_moment_in_which_its_message_goes(
        self, jobs: Stream[Job], outcomes: Stream[Outcome], connections: Connections
    ) -> None:
        sent = [await jobs.publish(job()) for _ in range(40)]
        sums = set()

        async def watch() -> None:
            while True:
                async with connections.commands.pipeline(transaction=True) as pipe:
                    sums.add(sum(await pipe.xlen(JOBS).xlen(OUTCOMES).execute()))

        watcher = asyncio.create_task(watch())
        for delivery in await jobs.read(40):
            result = outcomes.entry(failed(delivery.message.review_id))
            await jobs.settle(delivery.entry_id, result)
        watcher.cancel()

        assert sums == {len(sent)}
        assert await outcomes.length() == len(sent)

    async def test_an_empty_stream_is_waited_for_no_longer_than_asked(
        self, jobs: Stream[Job]
    ) -> None:
        took_s: dict[int, list[float]] = {0: [], 200: []}
        for block_ms in (0, 200) * 5:
            started = time.monotonic()
            assert await jobs.read(1, block_ms=block_ms) == []
            took_s[block_ms].append(time.monotonic() - started)
        # The quickest of five, for a machine that is busy with other things.
        assert min(took_s[0]) < 0.1
        assert 0.15 < min(took_s[200]) < 0.6

    async def test_a_waiting_consumer_wakes_at_once(
        self, jobs: Stream[Job], other: Stream[Job]
    ) -> None:
        reading = asyncio.create_task(jobs.read(1, block_ms=5000))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await other.publish(job())
        assert len(await reading) == 1
        assert time.monotonic() - started < 3, "it did not wait to the end"

    async def test_two_consumers_share_the_work(
        self, jobs: Stream[Job], other: Stream[Job]
    ) -> None:
        sent = {(await jobs.publish(job())).entry_id for _ in range(10)}
        mine = {delivery.entry_id for delivery in await jobs.read(6)}
        theirs = {delivery.entry_id for delivery in await other.read(6)}
        assert (len(mine), len(theirs)) == (6, 4)
        assert mine | theirs == sent

    async def test_the_message_of_a_dead_consumer_is_handed_to_another(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        place = await jobs.publish(job())
        await jobs.read(1)
        assert await other.reclaim(10) == [], "its lease has not run out"

        await run_out(connections.commands)
        delivery = await reclaimed(other)

        assert (delivery.entry_id, delivery.times) == (place.entry_id, 2)
        assert await other.reclaim(10) == [], "a fresh lease has begun"

    async def test_a_consumer_that_renews_is_never_robbed(
        self, renewing: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        await renewing.publish(job())
        await renewing.read(1)
        keeping = asyncio.create_task(renewing.keep_leases())
        for _ in range(3):
            await run_out(connections.commands)
            async with asyncio.timeout(20):
                while await have_run_out(connections.commands):
                    await asyncio.sleep(0.02)
            assert await other.reclaim(10) == []
        keeping.cancel()
        await asyncio.wait({keeping})
        await run_out(connections.commands)
        assert (await reclaimed(other)).times == 2

    async def test_a_consumer_does_not_rob_itself(
        self, jobs: Stream[Job], connections: Connections
    ) -> None:
        await jobs.publish(job())
        (delivery,) = await jobs.read(1)
        await run_out(connections.commands)
        assert await jobs.reclaim(10) == []
        jobs.release([delivery.entry_id])
        assert [again.times for again in await jobs.reclaim(10)] == [2]

    async def test_what_is_let_go_comes_again_after_its_lease(
        self, renewing: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        await renewing.publish(job())
        (delivery,) = await renewing.read(1)
        keeping = asyncio.create_task(renewing.keep_leases())
        renewing.release([delivery.entry_id])
        assert renewing.held == 0
        await run_out(connections.commands)
        await asyncio.sleep(LEASE_S)
        assert (await reclaimed(other)).times == 2, "it was not renewed"
        keeping.cancel()

    async def test_what_is_given_back_comes_again_at_once_and_uncounted(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        await jobs.publish(job())
        await jobs.read(1)
        await run_out(connections.commands)
        assert (await reclaimed(other)).times == 2
        await jobs.publish(job())
        await other.read(1)

        await other.give_back()

        assert other.held == 0
        await asyncio.sleep(0.005)  # the fake wants a millisecond more than the lease
        third = stream_of_jobs(connections, LONG_LEASE_S)
        assert [delivery.times for delivery in await third.reclaim(10)] == [2, 1]

    async def test_a_delivery_counts_once_it_was_begun(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        for _ in range(3):
            await jobs.publish(job())
        taken, parked, begun = (delivery.entry_id for delivery in await jobs.read(3))
        await jobs.mark_waiting([parked, begun])
        await jobs.mark_started([begun])
        await run_out(connections.commands)  # its consumer is gone

        times = {delivery.entry_id: delivery.times for delivery in await other.reclaim(10)}

        assert times == {taken: 2, parked: 1, begun: 2}

    async def test_a_deleted_entry_holds_up_no_other(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        places = [await jobs.publish(job()) for _ in range(2)]
        await jobs.read(2)
        await connections.commands.xdel(JOBS, places[0].entry_id)
        await run_out(connections.commands)
        assert (await reclaimed(other)).entry_id == places[1].entry_id

    async def test_a_group_is_made_where_it_is_missing_and_reads_from_the_first_message(
        self, jobs: Stream[Job], other: Stream[Job], connections: Connections
    ) -> None:
        await jobs.publish(job())
        await connections.commands.xgroup_destroy(JOBS, WORKERS)
        assert await jobs.read(10) == []
        await other.create_group()
        assert len(await other.read(10)) == 1

    async def test_a_flushed_redis_is_set_up_again(
        self, jobs: Stream[Job], outcomes: Stream[Outcome], connections: Connections
    ) -> None:
        await jobs.publish(job())
        (lost,) = await jobs.read(1)
        await connections.commands.flushdb()

        await jobs.settle(lost.entry_id, outcomes.entry(failed(lost.message.review_id)))
        assert await outcomes.length() == 1, "an answer that was ready still arrives"
        assert await jobs.reclaim(1) == []
        await jobs.publish(job("afterwards"))
        found = await jobs.read(1) or await jobs.read(1)
        assert [delivery.message.text for delivery in found] == ["afterwards"]

    async def test_a_redis_flushed_under_a_waiting_reader_is_set_up_again(
        self, jobs: Stream[Job], connections: Connections
    ) -> None:
        reading = asyncio.create_task(jobs.read(1, block_ms=300))
        await asyncio.sleep(0.1)
        await connections.commands.flushdb()
        assert await reading == []
        await jobs.publish(job("afterwards"))
        found = await jobs.read(1) or await jobs.read(1)
        assert [delivery.message.text for delivery in found] == ["afterwards"]

    async def test_leases_of_a_flushed_redis_are_renewed_in_vain_but_unharmed(
        self, renewing: Stream[Job], connections: Connections
    ) -> None:
        await renewing.publish(job())
        await renewing.read(1)
        keeping = asyncio.create_task(renewing.keep_leases())
        await connections.commands.flushdb()
        await asyncio.sleep(LEASE_S)
        assert not keeping.done()
        await renewing.give_back()
        keeping.cancel()
        assert renewing.held == 0
