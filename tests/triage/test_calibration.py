"""Mended probabilities: still probabilities, in the same order, as the formula says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from triage.calibration import (
    HANDED_OVER,
    BestClass,
    Platt,
    Temperature,
    as_ranking,
    calibrated,
    is_ranking,
)

rows = st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3)
platts = st.builds(
    Platt,
    slope=st.tuples(*[st.floats(0.01, 50)] * 3),
    offset=st.tuples(*[st.floats(-50, 50)] * 3),
)
temperatures = st.builds(Temperature, temperature=st.floats(0.01, 100))


def test_without_a_calibration_probabilities_are_unchanged() -> None:
    assert calibrated([0.2, 0.0, 1.0], None) == (0.2, 0.0, 1.0)


def test_a_temperature_divides_the_logits() -> None:
    (mended,) = calibrated([0.9], Temperature(temperature=2))

    assert math.log(mended / (1 - mended)) == pytest.approx(math.log(0.9 / 0.1) / 2)


def test_each_class_has_its_own_slope_and_offset() -> None:
    mended = calibrated([0.5, 0.5], Platt(slope=(1, 3), offset=(0, 1)))

    assert mended == pytest.approx((0.5, 1 / (1 + math.exp(-1))))


@given(rows, st.one_of(platts, temperatures))
def test_calibrated_values_are_probabilities(
    row: list[float], calibration: Platt | Temperature
) -> None:
    assert all(0 <= p <= 1 for p in calibrated(row, calibration))


@given(st.tuples(*[st.floats(0, 1, width=32)] * 2), platts)
def test_calibration_keeps_the_order_of_reviews_in_each_class(
    pair: tuple[float, float], mend: Platt
) -> None:
    low, high = sorted(pair)

    assert calibrated([low] * 3, mend) <= calibrated([high] * 3, mend)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_slope_that_is_not_positive_and_finite_is_refused(value: float) -> None:
    with pytest.raises(ValidationError):
        Temperature(temperature=value)
    with pytest.raises(ValidationError):
        Platt(slope=(value,), offset=(0,))


def test_a_slope_without_its_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="2 slopes for 1 offsets"):
        Platt(slope=(1, 1), offset=(0,))


@given(rows, st.builds(BestClass, slope=st.floats(0.05, 5), offset=st.floats(-5, 5)))
def test_best_class_calibration_keeps_the_best_and_never_raises_the_others(
    row: list[float], calibration: BestClass
) -> None:
    mended = calibrated(row, calibration)

    best = row.index(max(row))
    assert all(0 <= p <= 1 for p in mended)
    assert mended[best] == max(mended)
    assert all(
        after <= before
        for place, (after, before) in enumerate(zip(mended, row, strict=True))
        if place != best
    )


def test_best_class_calibration_follows_its_formula() -> None:
    mended = calibrated([0.9, 0.2, 0.8], BestClass(slope=0.5, offset=0))

    # The logits of 0.9 and 0.8 are halved: 0.9 is odds of 9 to 1, and becomes 3 to 1.
    assert mended == pytest.approx((0.75, 0.2, 2 / 3))
    assert calibrated([0.05, 0.01], BestClass(slope=0.5, offset=2)) == (0.05, 0.01)


def test_a_row_at_the_height_of_a_handed_over_review_is_a_ranking() -> None:
    as_stored = float(np.float32(HANDED_OVER))
    assert is_ranking([0.01, as_stored])
    assert not is_ranking([0.01, 0.0501])
    assert not is_ranking([])


def test_a_ranking_keeps_its_order_and_has_no_higher_value() -> None:
    assert as_ranking([0.1, 0.2, 0.05]) == pytest.approx((0.025, 0.05, 0.0125))
    assert as_ranking([0.01, 0.02]) == (0.01, 0.02)
