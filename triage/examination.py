"""How the doctors of bot and worker examine what both of them need."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from triage.errors import BadKey, TriageError
from triage.findings import Finding
from triage.queue.redis_check import await_server
from triage.sealing import read_seal
from triage.settings import SharedSettings, connected


async def examined(look: Callable[[], Awaitable[str]], *errors: type[Exception]) -> Finding:
    """Return what `look` says is well, or the one of `errors` that it raises."""
    try:
        return Finding(True, await look())
    except errors as e:
        return Finding(False, str(e))


async def examine_redis(settings: SharedSettings) -> Finding:
    """Look whether Redis is there, lets this part in and drops nothing."""

    async def look() -> str:
        async with connected(settings) as connections:
            await await_server(connections.commands, patience_s=0)
        return "Redis answers and drops nothing"

    return await examined(look, TriageError)


def examine_key(path: Path) -> Finding:
    """Look whether the key file can be read."""
    try:
        read_seal(path)
    except BadKey as e:
        return Finding(False, str(e))
    return Finding(True, f"key file {path}: read; is there a backup of it?")
