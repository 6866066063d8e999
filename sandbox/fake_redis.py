"""
A Redis inside this process, with two lies of fakeredis taken out, both about reading for a group.

Never `fakeredis.TcpFakeServer`: it does not wait where it is told to.
"""

import asyncio
import time
from typing import Any

from fakeredis import FakeAsyncRedis, FakeServer
from redis.exceptions import ResponseError

from triage.queue.streams import Connections

# How often a waiting reader looks; the real one is woken.
LOOK_EVERY_S = 0.01


class BlockingFakeRedis(FakeAsyncRedis):
    """
    Waits where XREADGROUP is told to, and says NOGROUP where its stream is missing.

    fakeredis 2.40 answers at once where both COUNT and BLOCK are given; with BLOCK alone it drops
    what it should hand out.
    """

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
        """Look again and again for `block` milliseconds."""
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
