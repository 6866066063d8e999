"""The time, in the unit that the archive and the messages use."""

import time
from collections.abc import Callable

# The clocks of replicas differ by less. A stored moment that is further in the future was taken
# before the clock was set back: how long ago that was is unknown.
AHEAD_MS = 5_000


def now_ms() -> int:
    """Return milliseconds since the epoch."""
    return _clock.now_ms()


def read_clock(now_ms: Callable[[], int] | None) -> None:
    """Read the time of this process from `now_ms`, or from the system again if it is None."""
    _clock.now_ms = now_ms or _system_ms


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


class _Clock:
    """Where the process reads the time: the sandbox has a clock that can be moved forward."""

    def __init__(self) -> None:
        self.now_ms: Callable[[], int] = _system_ms


_clock = _Clock()
