"""
A Redis inside this process: fakeredis, with two deviations of XREADGROUP from Redis corrected.

It has no log on disk, so a rewrite of the log does nothing.

`fakeredis.TcpFakeServer` is not used, because it ignores BLOCK.
"""

import asyncio
import time
from typing import Any

from fakeredis import FakeAsyncRedis, FakeServer
from redis.exceptions import ResponseError

from triage.queue.streams import Connections

# How often a blocked reader polls; a real Redis wakes it.
LOOK_EVERY_S = 0.01


class BlockingFakeRedis(FakeAsyncRedis):
    """
    Blocks in XREADGROUP if BLOCK is given, and answers NOGROUP if the stream is missing.

    fakeredis 2.40 does not block if both COUNT and BLOCK are given; with BLOCK alone it drops
    entries that it should deliver.
    """

    async def bgrewriteaof(self, **_: Any) -> bool:
        """Do nothing: a Redis in memory has no log."""
        return True

    async def xreadgroup(
        self,
        groupname: str,
        consumername: str,
        streams: dict[Any, Any],
        count: int | None = None,
        block: int | None = None,
        noack: bool = False,
        claim_min_idle_time: int | None = None,
    ) -> Any:
        """Read; repeat for up to `block` milliseconds until there are entries."""
        until = time.monotonic() + (block or 0) / 1000
        while True:
            try:
                replies = await super().xreadgroup(
                    groupname, consumername, streams, count, noack=noack
                )
            except ResponseError as e:
                if "requires the key to exist" in str(e):
                    raise ResponseError(f"NOGROUP {e}") from e
                raise
            if replies or time.monotonic() >= until:
                return replies
            await asyncio.sleep(LOOK_EVERY_S)


def connect_to(server: FakeServer) -> Connections:
    """Return clients of a Redis inside this process."""
    return Connections(BlockingFakeRedis(server=server), BlockingFakeRedis(server=server))
