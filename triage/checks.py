"""The checks of an installation that the doctor commands of bot and worker share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from triage.errors import BadKey, TriageError
from triage.key_file import read_seal
from triage.queue.redis_check import check_writes, wait_for_redis
from triage.settings import SharedSettings, connected


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether one check passed, and one line about it."""

    ok: bool
    text: str


async def run_check(check: Callable[[], Awaitable[str]], *errors: type[Exception]) -> CheckResult:
    """Return a good result with the text of `check`, or a bad one if it raises one of `errors`."""
    try:
        return CheckResult(True, await check())
    except errors as e:
        return CheckResult(False, str(e))


async def check_redis(settings: SharedSettings) -> CheckResult:
    """Check that Redis answers, accepts the password, accepts a write and evicts nothing."""

    async def check() -> str:
        async with connected(settings) as connections:
            await wait_for_redis(connections.commands, timeout_s=0)
            await check_writes(connections.commands)
        return "Redis answers, accepts writes and evicts nothing"

    return await run_check(check, TriageError)


def check_key_file(path: Path) -> CheckResult:
    """Check that the key file can be read."""
    try:
        read_seal(path)
    except BadKey as e:
        return CheckResult(False, str(e))
    return CheckResult(True, f"key file {path}: read; is there a backup of it?")
