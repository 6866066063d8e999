"""What an examination of an installation finds, and how bot and worker examine what they share."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from triage.errors import BadKey, TriageError
from triage.redis_check import await_server
from triage.sealing import read_seal
from triage.streams import connect


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, and a line about it."""

    well: bool
    words: str


def listed(findings: list[Finding]) -> str:
    """Return a line for each finding; what is wrong stands out."""
    return "\n".join(f"{'ok   ' if found.well else 'WRONG'} {found.words}" for found in findings)


async def examined(look: Callable[[], Awaitable[str]], *errors: type[Exception]) -> Finding:
    """Return what `look` says is well, or the one of `errors` that it raises."""
    try:
        return Finding(True, await look())
    except errors as e:
        return Finding(False, str(e))


async def examine_redis(url: str, password: str | None) -> Finding:
    """Look whether Redis is there, lets this part in and drops nothing."""

    async def look() -> str:
        connections = connect(url, password)
        try:
            await await_server(connections.commands, patience_s=0)
        finally:
            await connections.aclose()
        return "Redis answers and drops nothing"

    return await examined(look, TriageError)


def examine_key(path: Path) -> Finding:
    """Look whether the key file can be read."""
    try:
        read_seal(path)
    except BadKey as e:
        return Finding(False, str(e))
    return Finding(True, f"key file {path}: read; is there a backup of it?")


def is_writable(folder: Path) -> bool:
    """Return whether this user may write the folder, or make it where it is missing."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
