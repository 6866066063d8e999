"""
The queue of updates for the bot, for polling and for a webhook.

An offset confirms: an update stays queued until the bot asks for a later one. Only one poll is
open: a second one ends the first. Source: https://core.telegram.org/bots/api#getupdates.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any

from sandbox.errors import Refused

# Not sent unless the bot names them in allowed_updates.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

MAX_LIMIT = 100

# As in Telegram, ids do not begin at 1.
FIRST_UPDATE_ID = 700_000_001


class Updates:
    """Unconfirmed updates, oldest first."""

    def __init__(self) -> None:
        self._waiting: deque[dict[str, Any]] = deque()
        self._ids = itertools.count(FIRST_UPDATE_ID)
        self._allowed: frozenset[str] = frozenset()
        self._poll: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self.polled = asyncio.Event()  # set when the bot first polls or sets a webhook

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def allowed(self) -> Sequence[str]:
        """The kinds of updates that the bot named, empty if it named none."""
        return sorted(self._allowed)

    @property
    def waiting(self) -> Sequence[dict[str, Any]]:
        """The unconfirmed updates, oldest first."""
        return tuple(self._waiting)

    def confirm(self, update_id: int) -> None:
        """Confirm one update, even if earlier ones are not confirmed."""
        self._waiting = deque(u for u in self._waiting if u["update_id"] != update_id)

    def notify_changed(self) -> None:
        """Wake the waiter of `changed`."""
        self._changed.set()

    async def changed(self) -> None:
        """Wait until the queue or the webhook may have changed since the last call."""
        await self._changed.wait()
        self._changed.clear()

    def allow(self, kinds: Sequence[str]) -> None:
        """Queue only these kinds from now on; none means all but those in NOT_BY_DEFAULT."""
        self._allowed = frozenset(kinds)

    def push(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update and wake the poll, unless the bot excluded its kind."""
        wanted = kind in self._allowed if self._allowed else kind not in NOT_BY_DEFAULT
        if not wanted:
            return
        self._waiting.append({"update_id": next(self._ids), kind: content})
        self.notify_changed()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def clear(self) -> None:
        """Delete all updates."""
        self._waiting.clear()

    def end_poll(self, by: str) -> None:
        """End the open poll, if there is one, with a conflict error that names the cause."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused(409, f"Conflict: terminated by {by}"))

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """
        Confirm the updates before `offset` and return up to `limit` others.

        Waits up to `timeout_s` for an update. A negative offset counts from the end.
        """
        self.end_poll("other getUpdates request; make sure that only one bot instance is running")
        self._confirm(offset)
        self.polled.set()
        if not self._waiting and timeout_s > 0:
            await self._wait(timeout_s)
        return list(itertools.islice(self._waiting, min(limit, MAX_LIMIT) or MAX_LIMIT))

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        while self._waiting and self._waiting[0]["update_id"] < offset:
            self._waiting.popleft()

    async def _wait(self, timeout_s: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
