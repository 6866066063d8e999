"""
Telegram's limits on how often a bot may write, off unless a test switches them on.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this names one
message a second in one chat with short bursts above it, 20 messages a minute in one group and
about 30 messages a second in all. It does not say how long a burst may be, nor whether edits
count: here five messages in five seconds pass, and edits count like messages.
"""

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.errors import Refused


@dataclass(frozen=True, slots=True)
class CallRate:
    """At most `calls` in any `window_s` seconds."""

    calls: int
    window_s: float


IN_ONE_CHAT = CallRate(5, 5.0)
IN_ONE_GROUP = CallRate(20, 60.0)
IN_ALL = CallRate(30, 1.0)


@dataclass(slots=True)
class _Passed:
    """When the latest calls passed, oldest first."""

    rate: CallRate
    when_s: deque[float] = field(default_factory=deque)

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until another call may pass; 0 if it may pass now."""
        while self.when_s and now_s - self.when_s[0] >= self.rate.window_s:
            self.when_s.popleft()
        full = len(self.when_s) >= self.rate.calls
        return self.when_s[0] + self.rate.window_s - now_s if full else 0.0


class CallLimits:
    """Counts messages, edits and new topics; a refused call does not count."""

    def __init__(self, clock: Callable[[], float], *, enforced: bool = False) -> None:
        self.enforced = enforced
        self.refused: Counter[int] = Counter()  # calls answered with 429, by chat
        self.refused_for_all = 0  # of these, refused because of other chats' calls
        self._clock = clock
        self._all = _Passed(IN_ALL)
        self._chats: dict[int, list[_Passed]] = {}

    def check(self, method: str, chat_id: int | None) -> None:
        """Count a call of `method` (in lower case); raise Refused (429) if it comes too early."""
        if not self.enforced or chat_id is None or not is_write(method):
            return
        counted = [self._all, *self._of(chat_id)]
        now_s = self._clock()
        wait_s = max(passed.wait_s(now_s) for passed in counted)
        if wait_s > 0:
            self.refused[chat_id] += 1
            self.refused_for_all += self._all.wait_s(now_s) > 0
            raise too_many(math.ceil(wait_s))
        for passed in counted:
            passed.when_s.append(now_s)

    def _of(self, chat_id: int) -> list[_Passed]:
        if chat_id not in self._chats:
            rates = [IN_ONE_CHAT, IN_ONE_GROUP] if chat_id < 0 else [IN_ONE_CHAT]
            self._chats[chat_id] = [_Passed(rate) for rate in rates]
        return self._chats[chat_id]


def too_many(retry_after_s: int) -> Refused:
    """Return the refusal of a call that comes too early (429)."""
    return Refused(
        429, f"Too Many Requests: retry after {retry_after_s}", {"retry_after": retry_after_s}
    )


def is_write(method: str) -> bool:
    """Return whether a call of `method` (in lower case) counts against the limits."""
    counted = ("send", "editmessage", "editephemeralmessage", "createforumtopic")
    return method.startswith(counted) and method != "sendchataction"
