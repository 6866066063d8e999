"""
Heartbeat of a process, and the check of another process's heartbeat on the same machine.

The heartbeat is a key in Redis that expires, named after the host, so a container checks itself.
The loop that does the work sends it, so a process that hangs sends none; during a batch it is sent
for as long as a batch may take.
"""

import socket
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from redis.asyncio import Redis

from triage.queue.redis_errors import translate_redis_errors

# The loops that send a heartbeat: the one that delivers answers, the one that polls for updates,
# and the worker's.
Part = Literal["answers", "polling", "worker"]

OnRound = Callable[[], Awaitable[None]]

# The shortest time between two heartbeats, and their expiry: some may be missed.
BEAT_INTERVAL_S = 5.0
BEAT_EXPIRY_S = 90.0


class Heartbeat:
    """The heartbeat of one process."""

    def __init__(self, commands: Redis, part: Part) -> None:
        self._commands = commands
        self._key = _key(part)
        self._due_s = 0.0

    async def beat(self) -> None:
        """Send a heartbeat, unless one was sent a moment ago; raises QueueUnavailable."""
        if time.monotonic() < self._due_s:
            return
        async with translate_redis_errors():
            await self._commands.set(self._key, 1, px=int(BEAT_EXPIRY_S * 1000))
        self._due_s = time.monotonic() + BEAT_INTERVAL_S


async def no_heartbeat() -> None:
    """Send no heartbeat, for a process that is not checked."""


async def is_alive(commands: Redis, part: Part) -> bool:
    """Return whether the part sent a heartbeat on this machine; raises QueueUnavailable."""
    async with translate_redis_errors():
        # One that expires later was sent before the clock of Redis was set back.
        return 0 < int(await commands.pttl(_key(part))) <= BEAT_EXPIRY_S * 1000


def _key(part: Part) -> str:
    # Only one of several bots polls for updates.
    where = "anywhere" if part == "polling" else socket.gethostname()
    return f"{{triage}}:{part}:{where}:alive"
