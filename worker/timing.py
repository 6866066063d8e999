"""The time of a job in each stage, computed from readings of clocks; pure."""

from triage.queue.messages import Timings


def timings_of(
    enqueued_ms: int, *, arrived_s: float, started_s: float, decided_s: float, now_ms: float
) -> Timings:
    """
    Return how long a job was queued, waited in the window and ran in the model.

    Seconds are of a monotonic clock, milliseconds of wall time: `now_ms` is the wall time at
    `decided_s`. The clocks of two machines may differ, so `queued` is an estimate.
    """
    in_window_ms = (decided_s - arrived_s) * 1000
    return Timings(
        queued=max(0, round(now_ms - in_window_ms - enqueued_ms)),
        waited=round((started_s - arrived_s) * 1000),
        model=round((decided_s - started_s) * 1000),
    )
