"""Counts the bytes of a long transfer and decides when a line about it is due; no clock, no log."""

from dataclasses import dataclass

# A line for every tenth of the whole, and one in half a minute on a slow line.
STEP = 0.1
QUIET_S = 30.0


@dataclass(slots=True)
class Progress:
    """What has arrived of `total` bytes, and what was last said about it and when."""

    total: int
    done: int
    said: int
    said_s: float

    def add(self, count: int, now_s: float) -> bool:
        """Count bytes, negative ones too, and return whether a line about them is due."""
        self.done += count
        far = abs(self.done - self.said) >= STEP * self.total
        due = self.done < self.total and (far or now_s - self.said_s >= QUIET_S)
        if due:
            self.said, self.said_s = self.done, now_s
        return due

    def __str__(self) -> str:
        size, _ = _unit(self.total)
        return f"{self.done / size:.1f} of {readable(self.total)}"


def readable(count: int) -> str:
    """Return a number of bytes in GB, or in MB where GB would say nothing."""
    size, unit = _unit(count)
    return f"{count / size:.1f} {unit}"


def _unit(count: int) -> tuple[float, str]:
    return (1e9, "GB") if count >= 5e8 else (1e6, "MB")
