"""
Per-user rate limit on incoming updates. Pure: the clock is an argument.

It works before an update takes a slot or a lock, so a flood costs one dictionary look-up per
update. Each replica counts for itself.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

# Three taps or messages a second, sustained; a person who quickly taps eight tags stays below.
LIMIT = 30
WINDOW_S = 10.0

# A person over the limit gets one notice in this time; their other updates are dropped silently.
NOTICE_S = 60.0

# People remembered; the least recently active are removed first.
MAX_KEYS = 10_000


class FloodVerdict(Enum):
    """What happens to an update."""

    PASS = auto()
    NOTICE = auto()
    DROP = auto()


@dataclass(slots=True)
class _Window:
    started_s: float
    count: int = 0
    noticed_s: float | None = None


class FloodLimit:
    """Counts updates per key in fixed windows."""

    def __init__(self) -> None:
        self._windows: OrderedDict[int, _Window] = OrderedDict()

    def judge(self, key: int, now_s: float) -> FloodVerdict:
        """Count one update of `key` at `now_s` (monotonic) and return what happens to it."""
        window = self._window(key, now_s)
        window.count += 1
        if window.count <= LIMIT:
            return FloodVerdict.PASS
        if window.noticed_s is not None and now_s - window.noticed_s < NOTICE_S:
            return FloodVerdict.DROP
        window.noticed_s = now_s
        return FloodVerdict.NOTICE

    def _window(self, key: int, now_s: float) -> _Window:
        window = self._windows.setdefault(key, _Window(now_s))
        self._windows.move_to_end(key)
        if len(self._windows) > MAX_KEYS:
            self._windows.popitem(last=False)
        if not 0 <= now_s - window.started_s < WINDOW_S:
            window.started_s, window.count = now_s, 0
        return window
