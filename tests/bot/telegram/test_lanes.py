"""Fair scheduling of updates, on a real Redis and on the fake one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiogram.types import Chat, Message, Update, User

from bot.errors import RetriedByTelegram
from bot.leases import Leases
from bot.telegram import lanes as lanes_module
from bot.telegram.flood_limit import LIMIT
from bot.telegram.lanes import LANE_LENGTH, TURN_LEASE_S, LanesFull, UpdateLanes, person_of
from bot.telegram.slots import SLOTS, slot_released
from triage.queue.streams import Connections

ANNA, BORIS = 555, 556


def update(update_id: int, user_id: int = ANNA, chat_id: int | None = None) -> Update:
    return Update(
        update_id=update_id,
        message=Message(
            message_id=update_id,
            date=datetime.now(UTC),
            chat=Chat(id=chat_id or user_id, type="private"),
            from_user=User(id=user_id, is_bot=False, first_name="Anna"),
            text="/help",
        ),
    )


def lanes_on(connections: Connections) -> UpdateLanes:
    return UpdateLanes(Leases(connections.commands, TURN_LEASE_S))


@pytest.fixture
def lanes(connections: Connections) -> UpdateLanes:
    return lanes_on(connections)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def waiting_for(
    release: asyncio.Event, started: list[int], number: int
) -> Callable[[bool], Awaitable[None]]:
    async def handle(_: bool) -> None:
        started.append(number)
        await release.wait()

    return handle


async def test_one_persons_updates_are_handled_in_the_order_of_arrival(lanes: UpdateLanes) -> None:
    handled, inside = [], 0

    def handler(number: int) -> Callable[[bool], Awaitable[None]]:
        async def handle(_: bool) -> None:
            nonlocal inside
            inside += 1
            assert inside == 1, "two updates of one person at once"
            await asyncio.sleep(0.01 if number % 3 == 0 else 0)
            handled.append(number)
            inside -= 1

        return handle

    tasks = [lanes.start(update(number), handler(number)) for number in range(LANE_LENGTH)]
    await asyncio.gather(*(task for task in tasks if task))
    assert handled == list(range(LANE_LENGTH))


async def test_waiting_updates_of_one_person_hold_only_one_slot(lanes: UpdateLanes) -> None:
    release, started = asyncio.Event(), []
    for number in range(LANE_LENGTH):
        lanes.start(update(number), waiting_for(release, started, number))
    others = [
        lanes.start(update(100 + n, 1000 + n), waiting_for(release, started, 100 + n))
        for n in range(SLOTS - 1)
    ]
    await until(lambda: len(started) >= SLOTS)
    assert started.count(0) == 1
    assert {100 + n for n in range(len(others))} < set(started)
    release.set()
    assert await lanes.drain()


async def test_a_handler_that_waits_for_telegram_releases_its_slot(
    lanes: UpdateLanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, started = asyncio.Event(), []

    def limited(number: int) -> Callable[[bool], Awaitable[None]]:
        async def handle(_: bool) -> None:
            started.append(number)
            async with slot_released():
                await release.wait()

        return handle

    for number in range(SLOTS):
        lanes.start(update(number, 1000 + number), limited(number))
    stranger = lanes.start(update(9999, BORIS), waiting_for(release, started, 9999))
    assert stranger is not None
    await until(lambda: 9999 in started)
    release.set()
    assert await lanes.drain()


async def test_updates_above_the_rate_limit_are_dropped_with_one_notice(lanes: UpdateLanes) -> None:
    handled: list[bool] = []

    async def handle(over_limit: bool) -> None:
        handled.append(over_limit)

    for number in range(3 * LIMIT):
        task = lanes.start(update(number), handle)
        if task is not None:
            await task
    assert handled == [False] * LIMIT + [True]


async def test_a_lane_accepts_a_limited_number_of_updates(lanes: UpdateLanes) -> None:
    release, started = asyncio.Event(), []
    tasks = [
        lanes.start(update(n), waiting_for(release, started, n)) for n in range(LANE_LENGTH + 5)
    ]
    assert tasks[LANE_LENGTH:] == [None] * 5
    release.set()
    assert await lanes.drain()


async def test_a_process_accepts_a_limited_number_of_updates(
    lanes: UpdateLanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes_module, "MAX_WAITING", 10)
    release, started = asyncio.Event(), []
    for number in range(10):
        lanes.start(update(number, 1000 + number), waiting_for(release, started, number))
    with pytest.raises(LanesFull):
        lanes.start(update(99, BORIS), waiting_for(release, started, 99))
    room = asyncio.create_task(lanes.room())
    await asyncio.sleep(0)
    assert not room.done()
    release.set()
    async with asyncio.timeout(20):
        await room


async def test_two_replicas_handle_the_updates_of_a_person_one_at_a_time(
    connections: Connections,
) -> None:
    # A long lease: a busy machine must not let it expire.
    here, there = (UpdateLanes(Leases(connections.commands, 60.0)) for _ in range(2))
    release, started = asyncio.Event(), []
    here.start(update(1), waiting_for(release, started, 1))
    await until(lambda: started == [1])
    there.start(update(2), waiting_for(release, started, 2))
    there.start(update(3, BORIS), waiting_for(release, started, 3))
    await until(lambda: 3 in started)
    assert started == [1, 3]
    release.set()
    await until(lambda: started == [1, 3, 2])
    assert await here.drain()
    assert await there.drain()


async def test_the_lock_of_a_killed_replica_expires(connections: Connections) -> None:
    await Leases(connections.commands, TURN_LEASE_S).lease(f"person:{ANNA}").take()  # never renewed
    lanes, handled = lanes_on(connections), []

    async def handle(_: bool) -> None:
        handled.append(1)

    task = lanes.start(update(1), handle)
    assert task is not None
    async with asyncio.timeout(5 * TURN_LEASE_S):
        await task
    assert handled == [1]


async def test_a_failing_handler_releases_its_turn(
    lanes: UpdateLanes, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[int] = []

    async def fail(_: bool) -> None:
        raise RuntimeError("broken handler")

    async def handle(_: bool) -> None:
        handled.append(2)

    failing, next_one = lanes.start(update(1), fail), lanes.start(update(2), handle)
    assert failing is not None
    assert next_one is not None
    await asyncio.wait({failing, next_one})
    assert handled == [2]
    assert "an update failed" in caplog.text


async def test_an_update_that_is_retried_is_logged_without_a_traceback(
    lanes: UpdateLanes, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_: bool) -> None:
        raise RetriedByTelegram("update 1 failed, is sent again") from OSError("away")

    task = lanes.start(update(1), fails)
    assert task is not None
    with pytest.raises(RetriedByTelegram):
        await task
    [record] = caplog.records
    assert record.getMessage() == "update 1 failed, is sent again: OSError"
    assert record.exc_info is None


async def test_a_shutdown_waits_for_updates_that_are_queued_in_a_lane(
    lanes: UpdateLanes,
) -> None:
    release, started = asyncio.Event(), []
    assert await lanes.drain()
    for number in (7, 8, 9):
        lanes.start(update(number), waiting_for(release, started, number))
    draining = asyncio.create_task(lanes.drain())
    _, waiting = await asyncio.wait([draining], timeout=0.1)
    assert waiting, "updates in hand were forgotten"
    release.set()
    assert await draining
    assert started == [7, 8, 9]


async def test_a_shutdown_does_not_wait_forever(
    lanes: UpdateLanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes_module, "DRAIN_S", 0.05)
    task = lanes.start(update(7), waiting_for(asyncio.Event(), [], 7))
    assert task is not None
    assert not await lanes.drain()
    assert task.cancelled(), "it would go on while all that it uses is closed"


async def test_unused_lanes_are_removed_from_memory(lanes: UpdateLanes) -> None:
    async def handle(_: bool) -> None:
        pass

    for user_id in range(50):
        task = lanes.start(update(user_id, 1000 + user_id), handle)
        assert task is not None
        await task
    del task
    await until(lambda: len(lanes._lanes) == 0)


def test_anonymous_admins_of_different_groups_have_different_lanes() -> None:
    anonymous = 1087968824
    assert person_of(update(1, anonymous, -100)) != person_of(update(2, anonymous, -200))
    assert person_of(update(1, ANNA, -100)) == person_of(update(2, ANNA, -200))
