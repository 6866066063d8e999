"""
Fair scheduling of updates: one lane per person, handled in the order of arrival.

An update waits in its lane for its turn and only then for a slot. So a person holds at most one
slot, and a flood or a stale lock of one person does not delay others.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from aiogram.dispatcher.middlewares.user_context import UserContextMiddleware
from aiogram.types import Update

from bot.errors import RetriedByTelegram
from bot.leases import Leases
from bot.telegram.flood_limit import FloodLimit, FloodVerdict
from bot.telegram.slots import Slots
from triage.errors import QueueUnavailable

logger = logging.getLogger(__name__)

# Waiting updates of one person; more are dropped like any other flood.
LANE_LENGTH = 20

# Updates of all people in this process; above it, polling stops and pushed updates are refused.
MAX_WAITING = 2_000

# A lock left by a killed replica delays its person by at most this time.
TURN_LEASE_S = 1.0

# Another replica may handle an update of the same person as long as a rate limit delays it.
TURN_WAIT_S = 20.0

# Longer than any handler takes while Telegram answers; shorter than a container's grace period.
DRAIN_S = 8.0

# Time for a cancelled handler to release its person's lock.
CANCEL_S = 1.0

# Handles one update. Called with True, it only informs the person of the rate limit.
Handle = Callable[[bool], Awaitable[Any]]


# Accounts that Telegram shows in place of many people: anonymous admins, channels, linked channels
# (https://core.telegram.org/bots/api#message, field from).
SHARED_ACCOUNTS = frozenset({1087968824, 136817688, 777000})


class LanesFull(Exception):
    """The process holds MAX_WAITING updates; Telegram should deliver this one later."""


class _Lane:
    """The updates of one person: the lock is first come, first served."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.length = 0


class UpdateLanes:
    """Runs the handlers of updates, with fair scheduling and limits."""

    def __init__(self, leases: Leases) -> None:
        """`leases` keep a person's turn unique over all replicas."""
        self._leases = leases
        self._slots = Slots()
        self._flood = FloodLimit()
        self._lanes: WeakValueDictionary[int, _Lane] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()

    def start(self, update: Update, handle: Handle) -> asyncio.Task[Any] | None:
        """
        Schedule `handle` for `update`; return its task, or None if the rate limit drops it.

        Raises LanesFull.
        """
        if len(self._tasks) >= MAX_WAITING:
            raise LanesFull(f"{MAX_WAITING} updates are in progress")
        key = person_of(update)
        verdict = self._flood.judge(key, time.monotonic())
        lane = self._lanes.get(key) or _Lane()
        self._lanes[key] = lane
        if verdict is FloodVerdict.DROP or lane.length >= LANE_LENGTH:
            return None
        lane.length += 1
        over_limit = verdict is FloodVerdict.NOTICE
        task = asyncio.create_task(self._run(key, lane, handle, over_limit))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def room(self) -> None:
        """Wait until there is room for another batch of updates."""
        while len(self._tasks) > MAX_WAITING // 2:
            self._changed.clear()
            await self._changed.wait()

    async def drain(self) -> bool:
        """Wait for the updates in progress; after DRAIN_S cancel them and return False."""
        if not self._tasks:
            return True
        _, unfinished = await asyncio.wait(self._tasks, timeout=DRAIN_S)
        if not unfinished:
            return True
        logger.warning("stopping: %d updates are cancelled", len(unfinished))
        for task in unfinished:
            task.cancel()  # before the connections that they use are closed
        await asyncio.wait(unfinished, timeout=CANCEL_S)
        return False

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._changed.set()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, RetriedByTelegram):
            logger.warning("%s: %s", error, type(error.__cause__).__name__)
        elif error is not None:
            # The dispatcher informs people of failed handlers; here that notice itself failed.
            logger.error("an update failed", exc_info=error)

    async def _run(self, key: int, lane: _Lane, handle: Handle, over_limit: bool) -> Any:
        try:
            async with lane.lock, self._turn(key), self._slots.one():
                return await handle(over_limit)
        finally:
            lane.length -= 1

    @asynccontextmanager
    async def _turn(self, key: int) -> AsyncIterator[None]:
        """Hold the person's turn among all replicas; without Redis this process's lane suffices."""
        lease = self._leases.lease(f"person:{key}")
        keeping: asyncio.Task[None] | None = None
        try:
            if not await lease.take(TURN_WAIT_S):
                logger.warning("another replica still handles an update of the same person")
            keeping = asyncio.create_task(lease.keep())
        except QueueUnavailable as e:
            logger.info("no turn can be taken: %s", e)
        try:
            yield
        finally:
            if keeping is not None:
                keeping.cancel()
                await asyncio.wait({keeping})
                await lease.drop()


def person_of(update: Update) -> int:
    """Return whose lane an update belongs to: the person's, or the chat's, or its own."""
    context = UserContextMiddleware.resolve_event_context(update)
    if context.user_id is not None and context.user_id not in SHARED_ACCOUNTS:
        return context.user_id
    return context.chat_id or -update.update_id
