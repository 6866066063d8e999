"""Where the time of a job went, from what the clocks said on its way; pure."""

from triage.queue.messages import Timings


def timings_of(
    enqueued_ms: int, *, arrived_s: float, started_s: float, decided_s: float, now_ms: float
) -> Timings:
    """
    Return how long a job was queued, waited in hand and was read.

    Seconds are of a monotonic clock, milliseconds of the calendar's: `now_ms` is when `decided_s`
    was. Two machines' calendars may differ, so `queued` is a guess.
    """
    in_hand_ms = (decided_s - arrived_s) * 1000
    return Timings(
        queued=max(0, round(now_ms - in_hand_ms - enqueued_ms)),
        waited=round((started_s - arrived_s) * 1000),
        model=round((decided_s - started_s) * 1000),
    )
