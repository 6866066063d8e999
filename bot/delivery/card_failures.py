"""
Which cards failed, so that a card that Telegram refuses does not delay the others. Pure.

A card is given up only if others were shown meanwhile: if none can be, the group is the problem.
"""

from collections.abc import Set
from dataclasses import dataclass

# Attempts for one card; each also tries it without picture and as a plain line.
MAX_TRIES = 4

# A failed card is tried again after this time, then after twice as long, and so on.
FIRST_PAUSE_S = 15.0


@dataclass(frozen=True, slots=True)
class _Failure:
    tries: int
    not_before_s: float
    shown_before: int  # cards shown when it failed first


class CardFailures:
    """Counts the failures of each waiting card."""

    def __init__(self) -> None:
        self._failures: dict[int, _Failure] = {}
        self._shown = 0

    def shown(self, number: int) -> None:
        """Note that the card of review `number` was shown."""
        self._shown += 1
        self._failures.pop(number, None)

    def failed(self, number: int, now_s: float) -> bool:
        """Note a failure at `now_s` (monotonic); return whether to give the card up."""
        before = self._failures.get(number, _Failure(0, 0.0, self._shown))
        tries = before.tries + 1
        if tries >= MAX_TRIES and self._shown > before.shown_before:
            self._failures.pop(number, None)
            return True
        pause_s = FIRST_PAUSE_S * 2 ** (min(tries, MAX_TRIES) - 1)
        self._failures[number] = _Failure(tries, now_s + pause_s, before.shown_before)
        return False

    def deferred(self, now_s: float) -> Set[int]:
        """Return the reviews whose cards are not tried at `now_s`."""
        return {n for n, failure in self._failures.items() if now_s < failure.not_before_s}
