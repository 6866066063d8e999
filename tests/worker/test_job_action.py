import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.calibration import Calibration, Platt, Temperature
from triage.cascade import Confidence, Decision, FallbackClass, Ladder, only_ranked
from triage.queue.limits import MAX_DELIVERIES
from worker.job_action import (
    DeadLetter,
    JobAction,
    Publish,
    RunAgain,
    action_after_run,
    action_before_run,
)

LABELS = (7, 8, 9)
RULE = Ladder(fallback=FallbackClass.model_validate({"class": 9}))


def after(
    result: list[float] | Exception,
    times: int = 1,
    *,
    alone: bool = False,
    calibration: Calibration | None = None,
    guarded: bool = False,
) -> JobAction:
    return action_after_run(
        result,
        times,
        alone=alone,
        labels=LABELS,
        rule=RULE,
        calibration=calibration,
        guarded=guarded,
    )


def test_probabilities_become_an_answer() -> None:
    action = after([0.1, 0.9, 0.6])
    assert action == Publish((0.1, 0.9, 0.6), Decision((8, 9), 0.55, Confidence.SURE))


def test_probabilities_are_calibrated_before_the_rule_is_applied() -> None:
    action = after([0.1, 0.9, 0.6], calibration=Platt(slope=(1, 1, 1), offset=(0, 0, -3)))
    assert isinstance(action, Publish)
    assert action.probabilities == pytest.approx((0.1, 0.9, 0.0695), abs=1e-4)
    assert action.decision == Decision((8,), 0.55, Confidence.SURE)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_an_invalid_probability_is_retried_alone_and_never_answered(bad: float) -> None:
    assert after([0.1, bad, 0.9]) is RunAgain.ALONE
    action = after([0.1, bad, 0.9], alone=True)
    assert action == DeadLetter(f"failed: the model gave {bad:g} as a probability")


def test_a_job_that_failed_in_a_batch_runs_alone() -> None:
    assert after(ValueError("x"), times=MAX_DELIVERIES) is RunAgain.ALONE


def test_a_job_that_failed_alone_is_retried_and_then_dead_lettered() -> None:
    fates = [after(ValueError("x"), times, alone=True) for times in range(1, MAX_DELIVERIES + 1)]
    assert fates[:-1] == [RunAgain.LATER] * (MAX_DELIVERIES - 1)
    assert fates[-1] == DeadLetter("failed: the model raised ValueError")


def test_the_reason_does_not_quote_the_error_message() -> None:
    action = after(ValueError("secret text"), MAX_DELIVERIES, alone=True)
    assert "secret" not in repr(action)


def test_a_job_delivered_too_often_is_dead_lettered() -> None:
    assert action_before_run(1) is None
    assert action_before_run(MAX_DELIVERIES) is None
    assert action_before_run(MAX_DELIVERIES + 1) == DeadLetter(
        f"unfinished: delivered {MAX_DELIVERIES} times without an outcome"
    )


@given(st.lists(st.floats(width=32), min_size=3, max_size=3), st.integers(1, 9), st.booleans())
def test_only_a_row_of_valid_probabilities_is_answered(
    row: list[float], times: int, alone: bool
) -> None:
    action = after(row, times, alone=alone)
    assert isinstance(action, Publish) == all(0 <= p <= 1 for p in row)


@pytest.mark.parametrize("calibration", [None, Temperature(temperature=1.8)])
def test_a_review_that_the_guard_handed_over_is_published_as_a_ranking(
    calibration: Temperature | None,
) -> None:
    action = after([0.05, 0.01, 0.03], calibration=calibration, guarded=True)
    assert isinstance(action, Publish)
    assert only_ranked(action.probabilities, action.decision)
    first, last, second = action.probabilities
    assert first > second > last


def test_without_a_guard_low_probabilities_are_calibrated() -> None:
    action = after([0.05, 0.01, 0.03], calibration=Temperature(temperature=1.8))
    assert isinstance(action, Publish)
    assert not only_ranked(action.probabilities, action.decision)
