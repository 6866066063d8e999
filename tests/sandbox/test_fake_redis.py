"""The streams are tested on this fake and a real Redis alike; here is what fakeredis gets wrong."""

import asyncio
import time

import pytest
from fakeredis import FakeServer
from redis.exceptions import ResponseError

from sandbox.fake_redis import connect_to


async def test_a_blocking_group_read_times_out_or_returns_when_an_entry_is_added() -> None:
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


async def test_a_missing_stream_gives_the_same_error_as_redis() -> None:
    connections = connect_to(FakeServer())

    with pytest.raises(ResponseError, match=r"^NOGROUP"):
        await connections.blocking.xreadgroup("g", "c", {"s": ">"}, count=1, block=10)
    await connections.aclose()
