"""
Takes a person's reviews out of Redis: waiting jobs, outcomes on their way, dead letters.

What was deleted may still lie in the append-only file until it is rewritten, so that is asked for.
"""

from collections.abc import AsyncIterator, Set
from typing import Any
from uuid import UUID

from triage.contract import review_id_of
from triage.limits import BOTS, DEAD, JOBS, OUTCOMES, WORKERS
from triage.redis_errors import translated
from triage.sealing import Seal
from triage.streams import Connections

# Entries looked at with one command.
PAGE = 500

_GROUPS = {JOBS: WORKERS, OUTCOMES: BOTS, DEAD: None}


async def erase(connections: Connections, seal: Seal, review_ids: Set[UUID]) -> int:
    """
    Delete every entry about `review_ids`; return how many there were.

    Raises QueueUnavailable; repeating the call is harmless.
    """
    erased = 0
    async with translated():
        for stream, group in _GROUPS.items():
            async for entry_id, fields in _entries(connections, stream):
                if review_id_of(fields.get(b"sealed", b""), seal) not in review_ids:
                    continue
                async with connections.commands.pipeline(transaction=True) as pipe:
                    if group is not None:
                        pipe.xack(stream, group, entry_id)
                    pipe.xdel(stream, entry_id)
                    await pipe.execute()
                erased += 1
    return erased


async def rewrite_log(connections: Connections) -> None:
    """Ask Redis to rewrite its append-only file without what was deleted."""
    client: Any = connections.commands  # the library leaves this command untyped
    async with translated():
        await client.bgrewriteaof()


async def _entries(
    connections: Connections, stream: str
) -> AsyncIterator[tuple[bytes, dict[bytes, bytes]]]:
    start = "-"
    while True:
        page: list[Any] = await connections.commands.xrange(stream, start, "+", count=PAGE)
        for entry_id, fields in page:
            yield entry_id, fields
        if len(page) < PAGE:
            return
        start = f"({page[-1][0].decode()}"
