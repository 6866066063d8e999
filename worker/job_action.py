"""
What happens to a job, decided as a value; worker/loop.py carries it out.

Pure: it sees what the model gave or raised and how often the job was handed out, never its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from triage.calibration import Calibration, calibrated
from triage.cascade import Decision, Rule, decide
from triage.queue.limits import MAX_DELIVERIES


@dataclass(frozen=True, slots=True)
class Publish:
    """The model answered: a probability for each class, in order, and what follows from them."""

    probabilities: tuple[float, ...]
    decision: Decision


class RunAgain(Enum):
    """The job is run once more."""

    ALONE = auto()  # at once, with nothing beside it
    LATER = auto()  # by whoever takes it when its lease has run out


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Nobody runs the job again; `reason` is for the log, the archive and the dead letter."""

    reason: str


JobAction = Publish | RunAgain | DeadLetter


def action_before_run(times: int) -> DeadLetter | None:
    """Return the end of a job that was handed out `times` times and may not be run; else None."""
    if times <= MAX_DELIVERIES:
        return None
    return DeadLetter(f"unfinished: handed out {times - 1} times without an outcome")


def action_after_run(
    result: Sequence[float] | Exception,
    times: int,
    *,
    alone: bool,
    labels: Sequence[int],
    rule: Rule,
    calibration: Calibration | None = None,
) -> JobAction:
    """
    Return what follows from a job's row of probabilities, or from what the model raised.

    A row is calibrated before the rule sees it.

    A row is right or wrong for good, so one that is wrong without company is the end; an exception
    may be the machine's fault and is tried again until MAX_DELIVERIES.
    """
    if isinstance(result, Exception):
        again = RunAgain.LATER if times < MAX_DELIVERIES else None
        reason = f"failed: the model raised {type(result).__name__}"
    elif all(0 <= probability <= 1 for probability in result):  # false for NaN
        row = calibrated(result, calibration)
        return Publish(row, decide(row, labels, rule))
    else:
        again = None
        worst = next(probability for probability in result if not 0 <= probability <= 1)
        reason = f"failed: the model gave {worst:g} as a probability"
    if not alone:
        return RunAgain.ALONE
    return again or DeadLetter(reason)
