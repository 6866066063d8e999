"""
Planned faults: the next calls that are refused, lost or answered too late.

Values and their countdown, without I/O; `sandbox.api.bot_api` applies them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.api.call_limits import too_many
from sandbox.errors import Refused, forbidden

# These methods are only hit by faults that name them.
_SPARED = frozenset({"getupdates", "getme"})


class FaultKind(StrEnum):
    """How a call fails."""

    TOO_MANY = "too_many"  # 429 with retry_after
    BROKEN = "broken"  # 500
    BLOCKED = "blocked"  # 403, although the person did not block the bot
    LOST_CALL = "lost_call"  # the connection drops before the call is executed
    LOST_ANSWER = "lost_answer"  # executed, but the connection drops before the answer
    SLOW = "slow"  # executed and answered after a delay


@dataclass(frozen=True, slots=True)
class Fault:
    """
    The next `times` calls fail: those of `method` and in `chat_id`; None means any.

    `hold_s` is how long a lost call or answer keeps its caller waiting before the connection
    drops: 0 looks like a refused connection, more than the caller's time-out like a time-out. A
    slow call is executed that much later.
    """

    kind: FaultKind
    times: int = 1
    method: str | None = None
    chat_id: int | None = None
    retry_after_s: int = 1
    hold_s: float = 0.0

    def hits(self, method: str, chat_id: int | None) -> bool:
        """Return whether this fault hits a call of `method` (in lower case) in `chat_id`."""
        if self.method is None:
            if method in _SPARED:
                return False
        elif self.method.lower() != method:
            return False
        return self.chat_id is None or self.chat_id == chat_id

    def refusal(self) -> Refused | None:
        """Return the refusal that is answered, None if the call or its answer is lost."""
        match self.kind:
            case FaultKind.TOO_MANY:
                return too_many(self.retry_after_s)
            case FaultKind.BROKEN:
                return Refused(500, "Internal Server Error")
            case FaultKind.BLOCKED:
                return forbidden("bot was blocked by the user")
            case _:
                return None


# Chooses the fault of a call that no plan names: of a method in lower case, in a chat.
Draw = Callable[[str, int | None], Fault | None]


class Faults:
    """The planned faults, oldest first, and after them what `draw` chooses."""

    def __init__(self) -> None:
        self.draw: Draw | None = None
        self._plan: list[Fault] = []

    @property
    def plan(self) -> Sequence[Fault]:
        """The faults that have not hit all their calls yet."""
        return tuple(self._plan)

    def add(self, fault: Fault) -> None:
        """Add a fault after the planned ones."""
        if fault.times > 0:
            self._plan.append(fault)

    def clear(self) -> None:
        """Remove all planned faults."""
        self.draw = None
        self._plan.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault that hits this call, and count it down."""
        for index, fault in enumerate(self._plan):
            if fault.hits(method, chat_id):
                left = replace(fault, times=fault.times - 1)
                self._plan[index : index + 1] = [left] if left.times else []
                return fault
        if self.draw is None or method in _SPARED:
            return None
        return self.draw(method, chat_id)
