"""
Says of a process that it did its work a moment ago, and asks that of another on the same machine.

The sign is a key in Redis that runs out, named after the machine: a container looks at itself. It
is given by the loop that does the work, so that a process which hangs gives none; during a batch,
for as long as one may take.
"""

import socket
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from redis.asyncio import Redis

from triage.queue.redis_errors import translate_redis_errors

# Who gives a sign: the loop that hands answers on, the one that asks for updates, the one that
# answers jobs.
Part = Literal["answers", "polling", "worker"]

OnRound = Callable[[], Awaitable[None]]

# How often the sign is given at most, and how long it holds: some rounds may miss it.
BEAT_INTERVAL_S = 5.0
BEAT_EXPIRY_S = 90.0


class Heartbeat:
    """The signs of one process."""

    def __init__(self, commands: Redis, part: Part) -> None:
        self._commands = commands
        self._key = _key(part)
        self._due_s = 0.0

    async def beat(self) -> None:
        """Give the sign, if the last one was given some time ago; raises QueueUnavailable."""
        if time.monotonic() < self._due_s:
            return
        async with translate_redis_errors():
            await self._commands.set(self._key, 1, px=int(BEAT_EXPIRY_S * 1000))
        self._due_s = time.monotonic() + BEAT_INTERVAL_S


async def no_heartbeat() -> None:
    """Give no sign, where nobody looks for one."""


async def is_alive(commands: Redis, part: Part) -> bool:
    """Return whether the part gave its sign on this machine; raises QueueUnavailable."""
    async with translate_redis_errors():
        return bool(await commands.exists(_key(part)))


def _key(part: Part) -> str:
    # Of several bots one alone may be the one that asks for updates.
    where = "anywhere" if part == "polling" else socket.gethostname()
    return f"{{triage}}:{part}:{where}:alive"
