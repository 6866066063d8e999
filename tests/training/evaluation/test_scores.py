"""The figures, on answers small enough to count by hand."""

import numpy as np
import pytest

from training.evaluation.scores import micro_f1, score

TRUTH = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], np.int8)


def test_exact_match_wants_the_whole_set() -> None:
    answers = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]], np.int8)

    scores = score(TRUTH, answers)

    assert scores.n == 4
    assert scores.exact_match == 0.5
    assert scores.micro_f1 == pytest.approx(2 * 3 / (4 + 5))
    # Class by class: 1, 2/3 hit of two and one too many, and one never named.
    assert scores.macro_f1 == pytest.approx((1 + 0.5 + 0) / 3)


def test_a_class_that_nobody_named_counts_as_nothing() -> None:
    none = np.zeros((2, 3), np.int8)

    assert score(none, none).macro_f1 == 0
    assert score(none, none).exact_match == 1


def test_a_single_class_is_measured_by_its_own_f1_and_not_by_yes_and_no() -> None:
    truth = np.array([[1], [0], [0], [0]], np.int8)

    assert micro_f1(truth, np.zeros_like(truth)) == 0
    assert score(truth, np.zeros_like(truth)).micro_f1 == 0
    assert micro_f1(np.zeros_like(truth), np.zeros_like(truth)) == 0
