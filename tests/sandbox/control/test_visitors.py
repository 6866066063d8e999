"""When simulated people wait for a visitor, on a clock that the test turns."""

from sandbox.control.visitors import QUIET_S, Visitors


class Waiting:
    """A clock that each pause advances, and the time until which an answer is due."""

    def __init__(self, due_until_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.due_until_s = due_until_s

    def clock(self) -> float:
        return self.now_s

    async def is_due(self) -> bool:
        return self.now_s < self.due_until_s

    async def pause(self, seconds: float) -> None:
        self.now_s += seconds


async def test_nobody_waits_without_a_visitor() -> None:
    waiting = Waiting()
    await Visitors(waiting.clock).go_first(waiting.is_due, waiting.pause)
    assert waiting.now_s == 0


async def test_people_wait_until_a_visitor_stops_acting() -> None:
    waiting = Waiting()
    visitors = Visitors(waiting.clock)
    visitors.acted()
    waiting.now_s = QUIET_S / 2
    visitors.acted()
    await visitors.go_first(waiting.is_due, waiting.pause)
    assert waiting.now_s >= QUIET_S * 1.5


async def test_people_wait_for_a_late_answer_to_a_visitor() -> None:
    waiting = Waiting(due_until_s=20 * QUIET_S)
    visitors = Visitors(waiting.clock)
    visitors.acted()
    await visitors.go_first(waiting.is_due, waiting.pause)
    assert waiting.now_s >= 20 * QUIET_S
