"""When the moderators' group was written to, as the simulated Telegram sees it."""

from collections import deque
from collections.abc import Callable, Sequence

from sandbox.api.call_limits import is_write
from sandbox.api.faults import Fault
from sandbox.telegram.world import MODERATORS_CHAT_ID

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
LIMIT, WINDOW_S = 20, 60.0


class GroupWrites:
    """Counts sends, edits, new topics and messages for one member; refuses nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.when_s: list[float] = []

    def __call__(self, method: str, chat_id: int | None) -> Fault | None:
        """Note a call of the bot; in the place of the faults of `sandbox.api.faults`."""
        if chat_id == MODERATORS_CHAT_ID and is_write(method):
            self.when_s.append(self._clock())
        return None

    @property
    def busiest(self) -> int:
        """The most writes in any WINDOW_S."""
        return most_in_a_window(self.when_s)


def most_in_a_window(when_s: Sequence[float], window_s: float = WINDOW_S) -> int:
    """Return the most moments that lie within less than `window_s` of each other."""
    inside: deque[float] = deque()
    most = 0
    for moment in when_s:
        inside.append(moment)
        while moment - inside[0] >= window_s:
            inside.popleft()
        most = max(most, len(inside))
    return most
