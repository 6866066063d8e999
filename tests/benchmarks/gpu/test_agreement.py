import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit

from benchmarks.gpu.agreement import compare
from triage.cascade import Ladder

RULE = Ladder(fallback="most_probable")


def logits(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the logits of these probabilities."""
    return logit(np.array(rows, np.float32))


def test_equal_logits_are_reported_as_identical() -> None:
    found = compare(logits((0.9, 0.1), (0.3, 0.1)), logits((0.9, 0.1), (0.3, 0.1)), RULE)
    assert (found.identical, found.different, found.furthest_from_rung) == (1, 0, 0)


def test_a_change_that_crosses_no_rung_does_not_count_as_a_difference() -> None:
    found = compare(logits((0.9, 0.1)), logits((0.8, 0.12)), RULE)
    assert found.identical == 1
    assert found.largest_logit_difference == pytest.approx(logit(0.9) - logit(0.8), abs=1e-4)


def test_a_difference_is_reported_with_its_distance_from_the_rung() -> None:
    alone = logits((0.9, 0.554), (0.9, 0.1))
    found = compare(alone, logits((0.9, 0.549), (0.9, 0.1)), RULE)
    assert (found.identical, found.different) == (0.5, 1)
    assert found.furthest_from_rung == pytest.approx(0.004, abs=1e-4)


def test_reviews_that_reach_no_rung_are_counted() -> None:
    rows = logits((0.9, 0.1), (0.1, 0.1))
    assert compare(rows, rows, RULE).reached_a_rung == 0.5
