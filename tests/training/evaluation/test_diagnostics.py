"""The parts of a report, on answers small enough to count by hand."""

import numpy as np
import pytest

from tests.training.samples import TAXONOMY
from training.evaluation.bootstrap import (
    exact_match_difference,
    exact_match_interval,
    micro_f1_difference,
)
from training.evaluation.diagnostics import (
    Confusion,
    Level,
    class_metrics,
    confusions,
    levels,
    reliability,
    worst_classes,
)
from training.evaluation.scores import micro_f1, score
from training.prediction.decisions import as_labels, decisions
from triage.cascade import Confidence, Ladder

TRUTH = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], np.int8)
ANSWERS = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]], np.int8)


def test_metrics_are_computed_for_each_class() -> None:
    first, second, third = class_metrics(TRUTH, ANSWERS, TAXONOMY)

    assert (first.id, first.support, first.named) == (0, 2, 4)
    assert (first.precision, first.recall) == (0.5, 1)
    assert first.f1 == pytest.approx(2 / 3)
    assert (second.support, second.named, second.f1) == (2, 0, 0)
    assert [one.id for one in worst_classes((first, second, third))] == [7, 12, 0]


def test_a_class_without_reviews_is_not_among_the_worst() -> None:
    truth = TRUTH[:2]

    assert {one.id for one in worst_classes(class_metrics(truth, truth, TAXONOMY))} == {0, 7}


def test_a_confusion_pairs_a_missed_class_with_a_wrong_one() -> None:
    assert confusions(TRUTH, ANSWERS, TAXONOMY.ids) == (Confusion(7, 0, 1), Confusion(12, 0, 1))


def test_weighted_f1_weights_classes_by_support() -> None:
    assert score(TRUTH, ANSWERS).weighted_f1 == pytest.approx((2 * 2 / 3 + 0 + 0) / 5)


def test_calibration_error_is_the_gap_between_probability_and_accuracy() -> None:
    truth = np.array([[1], [1], [0], [0]] * 5, np.int8)

    assert reliability(truth, np.full((20, 1), 0.5)).ece_best == pytest.approx(0)
    assert reliability(truth, np.full((20, 1), 0.85)).ece == pytest.approx(0.35)
    (only,) = reliability(truth, np.full((20, 1), 1.0)).bins
    assert (only.count, only.mean, only.right) == (20, 1, 0.5)


def test_accuracy_is_computed_for_each_confidence_level() -> None:
    p = np.array([[0.9, 0, 0], [0.8, 0, 0], [0.1, 0, 0], [0, 0, 0.3]])
    rule = Ladder(fallback="most_probable")
    decided = decisions(p, TAXONOMY.ids, rule)

    found = levels(TRUTH, as_labels(decided, TAXONOMY.ids), decided)

    assert found == (
        Level(Confidence.SURE, 2, 0.5),
        Level(Confidence.GUESS, 1, 1.0),
        Level(Confidence.PERSON, 1, 0.0),
    )


def test_the_interval_of_a_single_review_has_no_width() -> None:
    one = np.array([[1, 0]], np.int8)

    found = exact_match_interval(one, one)

    assert (found.low, found.value, found.high) == (1, 1, 1)


def test_the_interval_is_about_as_wide_as_a_binomial_one() -> None:
    truth = np.ones((1000, 1), np.int8)
    answers = truth.copy()
    answers[:500] = 0

    found = exact_match_interval(truth, answers)

    assert found.value == 0.5
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * (0.25 / 1000) ** 0.5, rel=0.1)
    assert exact_match_interval(truth, answers) == found, "the seed is fixed"


def test_the_difference_interval_is_paired_by_review() -> None:
    truth = np.ones((200, 1), np.int8)
    old, new = truth.copy(), truth.copy()
    old[:100], new[:90] = 0, 0

    exact = exact_match_difference(truth, old, new)
    micro = micro_f1_difference(truth, old, new)

    assert exact.value == pytest.approx(0.05)
    assert 0 < exact.low < exact.value < exact.high < 0.1
    assert exact.better == 1
    assert micro.value == pytest.approx(2 * 110 / 310 - 2 * 100 / 300)
    assert micro.value == pytest.approx(micro_f1(truth, new) - micro_f1(truth, old))


def test_equal_answers_have_a_zero_difference() -> None:
    found = exact_match_difference(TRUTH, ANSWERS, ANSWERS)

    assert (found.value, found.low, found.high, found.better) == (0, 0, 0, 0)
