"""
Decides what happens to a job, as a value; worker/loop.py carries it out.

Pure: it sees the model's result or error and how often the job was delivered, never its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from triage.calibration import Calibration, as_ranking, calibrated, is_ranking
from triage.cascade import Decision, Rule, decide
from triage.queue.limits import MAX_DELIVERIES


@dataclass(frozen=True, slots=True)
class Publish:
    """The model answered: a probability for each class, in order, and the decision."""

    probabilities: tuple[float, ...]
    decision: Decision


class RunAgain(Enum):
    """The job is run once more."""

    ALONE = auto()  # immediately, in a batch of its own
    LATER = auto()  # by the worker that takes it when its lease has expired


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The job is not run again; `reason` is for the log, the archive and the dead letter."""

    reason: str


JobAction = Publish | RunAgain | DeadLetter


def action_before_run(times: int) -> DeadLetter | None:
    """Return DeadLetter for a job that was delivered too often, None if it may be run."""
    if times <= MAX_DELIVERIES:
        return None
    return DeadLetter(f"unfinished: delivered {times - 1} times without an outcome")


def action_after_run(
    result: Sequence[float] | Exception,
    times: int,
    *,
    alone: bool,
    labels: Sequence[int],
    rule: Rule,
    calibration: Calibration | None = None,
    guarded: bool = False,
) -> JobAction:
    """
    Return the action for a job's row of probabilities, or for the model's exception.

    A row is calibrated before the rule is applied. If the model's guard handed the review over, it
    stays a ranking, which bot and charts recognise by its values. A retry would give the same row
    with a value that is not a probability, so a job that ran alone is not retried. An exception may
    be caused by the machine and is retried until MAX_DELIVERIES.
    """
    if isinstance(result, Exception):
        again = RunAgain.LATER if times < MAX_DELIVERIES else None
        reason = f"failed: the model raised {type(result).__name__}"
    elif all(0 <= probability <= 1 for probability in result):  # false for NaN
        row = calibrated(result, calibration)
        if guarded and is_ranking(result):
            row = as_ranking(row)
        return Publish(row, decide(row, labels, rule))
    else:
        again = None
        worst = next(probability for probability in result if not 0 <= probability <= 1)
        reason = f"failed: the model gave {worst:g} as a probability"
    if not alone:
        return RunAgain.ALONE
    return again or DeadLetter(reason)
