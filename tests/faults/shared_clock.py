"""A clock that several processes share and that a test can move forward."""

import mmap
import struct
import time
from pathlib import Path

# By how many milliseconds the clock is ahead of the system's.
_MOVED = struct.Struct("<q")


class SharedClock:
    """The clock in a file: the system's time, moved by what the file says."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_MOVED.pack(0))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), _MOVED.size)

    def now_ms(self) -> int:
        """Return milliseconds since the epoch."""
        (moved_ms,) = _MOVED.unpack_from(self._shared)
        return time.time_ns() // 1_000_000 + int(moved_ms)

    def now_s(self) -> float:
        """Return seconds since the epoch."""
        return self.now_ms() / 1000

    def move(self, by_s: float) -> None:
        """Move the clock forward, for all processes at once."""
        (moved_ms,) = _MOVED.unpack_from(self._shared)
        _MOVED.pack_into(self._shared, 0, moved_ms + round(by_s * 1000))
