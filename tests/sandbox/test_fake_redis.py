"""The streams are tested on this fake and a real Redis alike; here is what fakeredis gets wrong."""

import asyncio
import time

import pytest
from fakeredis import FakeServer
from redis.exceptions import ResponseError

from sandbox.fake_redis import connect_to


async def test_a_read_for_a_group_waits_and_is_woken() -> None:
    connections = connect_to(FakeServer())
    await connections.commands.xgroup_create("s", "g", id="0", mkstream=True)
    started_s = time.monotonic()
    assert not await connections.blocking.xreadgroup("g", "c", {"s": ">"}, count=1, block=100)
    assert time.monotonic() - started_s >= 0.09

    reading = asyncio.create_task(
        connections.blocking.xreadgroup("g", "c", {"s": ">"}, count=1, block=5000)
    )
    await asyncio.sleep(0.03)
    assert not reading.done()
    await connections.commands.xadd("s", {"a": "b"})
    [[_, entries]] = await asyncio.wait_for(reading, 4)
    assert len(entries) == 1
    await connections.aclose()


async def test_a_missing_stream_is_said_in_the_words_of_redis() -> None:
    connections = connect_to(FakeServer())

    with pytest.raises(ResponseError, match=r"^NOGROUP"):
        await connections.blocking.xreadgroup("g", "c", {"s": ">"}, count=1, block=10)
    await connections.aclose()
