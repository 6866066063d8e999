"""Leases between replicas, each test on a real Redis and on the fake one."""

import asyncio

import pytest

from bot.leases import PREFIX, Leases
from tests.bot.eventually import eventually, running
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections, connect

# A machine that stands still for two thirds of it robs a holder who renews, so none too short.
LEASE_S = 1.0


@pytest.fixture
def leases(connections: Connections) -> Leases:
    return Leases(connections.commands, LEASE_S)


class Duty:
    """Work that only one may do at a time."""

    def __init__(self) -> None:
        self.at_work: set[str] = set()
        self.most_at_once = 0

    async def do(self, name: str) -> None:
        self.at_work.add(name)
        self.most_at_once = max(self.most_at_once, len(self.at_work))
        try:
            await asyncio.sleep(60)
        finally:
            self.at_work.discard(name)

    async def is_done_by(self, name: str) -> bool:
        return self.at_work == {name}


async def test_a_held_turn_is_not_given_to_a_second_holder(leases: Leases) -> None:
    async with leases.turn("review:1") as first, leases.turn("review:1") as second:
        assert (first, second) == (True, False)
        async with leases.turn("review:2") as other:
            assert other
    async with leases.turn("review:1") as again:
        assert again


async def test_a_second_holder_can_wait_for_a_turn(leases: Leases) -> None:
    order = []

    async def take(name: str) -> None:
        async with leases.turn("erasure", patience_s=5) as is_mine:
            assert is_mine
            order.append(f"{name} begins")
            await asyncio.sleep(0.05)
            order.append(f"{name} ends")

    await asyncio.gather(take("a"), take("b"))
    assert order in (
        ["a begins", "a ends", "b begins", "b ends"],
        ["b begins", "b ends", "a begins", "a ends"],
    )


async def test_a_held_turn_is_renewed_beyond_its_lease(leases: Leases) -> None:
    async with leases.turn("erasure"):
        await asyncio.sleep(2 * LEASE_S)
        async with leases.turn("erasure") as second:
            assert not second


async def test_the_next_replica_takes_over_when_one_stops(leases: Leases) -> None:
    duty = Duty()
    first = asyncio.create_task(leases.lead("duty", lambda: duty.do("a")))
    await eventually(lambda: duty.is_done_by("a"))
    async with running(leases.lead("duty", lambda: duty.do("b"))):
        await asyncio.sleep(2 * LEASE_S)
        assert duty.at_work == {"a"}
        first.cancel()
        await eventually(lambda: duty.is_done_by("b"))
    with pytest.raises(asyncio.CancelledError):
        await first
    assert duty.most_at_once == 1


async def test_a_replica_that_lost_its_lease_stops_its_work(
    leases: Leases, connections: Connections
) -> None:
    duty = Duty()
    async with running(leases.lead("duty", lambda: duty.do("a"))):
        await eventually(lambda: duty.is_done_by("a"))
        await connections.commands.set(f"{PREFIX}duty", "another's token")

        async def is_over() -> bool:
            return not duty.at_work

        await eventually(is_over)


async def test_a_flushed_lease_is_taken_again_by_its_holder(
    leases: Leases, connections: Connections
) -> None:
    duty = Duty()
    async with running(leases.lead("duty", lambda: duty.do("a"))):
        await eventually(lambda: duty.is_done_by("a"))
        await connections.commands.flushall()

        async def is_held() -> bool:
            return bool(await connections.commands.exists(f"{PREFIX}duty"))

        await eventually(is_held)
        assert duty.at_work == {"a"}
        async with leases.turn("duty") as is_mine:
            assert not is_mine


async def test_an_error_of_the_work_is_raised(leases: Leases) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await leases.lead("duty", fails)


async def test_without_redis_no_turn_is_taken() -> None:
    connections = connect("redis://127.0.0.1:1/0")
    with pytest.raises(QueueUnavailable):
        async with Leases(connections.commands, LEASE_S).turn("review:1"):
            pytest.fail("nobody can know who else has it")
    await connections.aclose()


async def test_a_lease_expires_in_time_if_the_redis_clock_was_set_back(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.leases.LEASE_S", 0.3)
    await connections.commands.set(f"{PREFIX}duties", "a bot that was killed", px=3_600_000)
    lease = Leases(connections.commands, 0.3).lease("duties")
    assert await lease.take(patience_s=10)
    await lease.drop()
