"""Counting on Redis, each test on a real one and on the fake one."""

import asyncio

import pytest

from bot.rate_limit import Throttle
from triage.queue.streams import Connections


@pytest.fixture
def throttle(connections: Connections) -> Throttle:
    return Throttle(connections.commands)


async def test_calls_above_the_limit_get_the_time_to_wait(
    throttle: Throttle,
) -> None:
    waits = [await throttle.wait_s("anna", limit=3, window_s=60) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(55 <= wait_s <= 60 for wait_s in waits[3:])
    assert await throttle.wait_s("boris", limit=3, window_s=60) == 0


async def test_concurrent_calls_do_not_exceed_the_limit(throttle: Throttle) -> None:
    waits = await asyncio.gather(
        *(throttle.wait_s("anna", limit=3, window_s=60) for _ in range(20))
    )
    assert waits.count(0) == 3


async def test_calls_pass_again_after_the_window_has_ended(
    throttle: Throttle, connections: Connections
) -> None:
    assert await throttle.wait_s("anna", limit=1, window_s=60) == 0
    assert await throttle.wait_s("anna", limit=1, window_s=60) > 0
    [window] = await connections.commands.keys("*")
    await connections.commands.pexpire(window, 1)
    await asyncio.sleep(0.05)
    assert await throttle.wait_s("anna", limit=1, window_s=60) == 0


async def test_only_one_of_several_concurrent_calls_is_the_first(
    throttle: Throttle, connections: Connections
) -> None:
    firsts = await asyncio.gather(*(throttle.first("album", window_s=60) for _ in range(9)))
    assert firsts.count(True) == 1
    assert await throttle.first("other", window_s=60)
    for name in await connections.commands.keys("*"):
        assert 0 < await connections.commands.ttl(name) <= 60


async def test_no_wait_exceeds_its_window_if_the_redis_clock_is_set_back(
    throttle: Throttle, connections: Connections
) -> None:
    for _ in range(2):
        await throttle.wait_s("anna", limit=1, window_s=60)
        await throttle.first("anna", window_s=60)
    for key in ("{triage}:throttle:anna", "{triage}:once:anna"):
        await connections.commands.expire(key, 3600)
    assert await throttle.wait_s("anna", limit=1, window_s=60) <= 60
    assert not await throttle.first("anna", window_s=60)
    for key in ("{triage}:throttle:anna", "{triage}:once:anna"):
        assert await connections.commands.ttl(key) <= 60
