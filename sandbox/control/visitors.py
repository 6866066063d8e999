"""
Whether a visitor of the page needs the product now, so that simulated people wait.

Bot, worker and simulated people share one process. On a slow machine a visitor would otherwise
wait for the people, whom nobody watches.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

# A visitor reads the answer and taps the next button within this time.
QUIET_S = 10.0

LOOK_EVERY_S = 0.2


class Visitors:
    """Remembers when a visitor last acted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._acted_s: float | None = None

    def acted(self) -> None:
        """Remember that a visitor has just written, tapped or sent something."""
        self._acted_s = self._clock()

    def are_active(self) -> bool:
        """Return whether a visitor has acted in the last QUIET_S."""
        return self._acted_s is not None and self._clock() - self._acted_s < QUIET_S

    async def go_first(
        self,
        are_waiting: Callable[[], Awaitable[bool]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Return when no visitor is active or (`are_waiting`) waits for an answer."""
        while self.are_active() or await are_waiting():
            await pause(LOOK_EVERY_S)
