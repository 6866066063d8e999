"""The time, in the unit that the archive and the messages use."""

import time

# The clocks of replicas differ by less. A stored moment that is later than now by more was taken by
# a clock that has been set back since: it tells nothing about how long ago it was.
AHEAD_MS = 5_000


def now_ms() -> int:
    """Return milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
