"""The figures, on answers small enough to count by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from training.evaluation.scores import micro_f1, score, score_classes

TRUTH = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], np.int8)


def test_exact_match_needs_the_complete_set_of_classes() -> None:
    answers = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]], np.int8)

    scores = score(TRUTH, answers)

    assert scores.n == 4
    assert scores.exact_match == 0.5
    assert scores.micro_f1 == pytest.approx(2 * 3 / (4 + 5))
    # Class by class: 1, 2/3 hit of two and one too many, and one never named.
    assert scores.macro_f1 == pytest.approx((1 + 0.5 + 0) / 3)


def test_a_class_without_labels_and_answers_has_a_zero_f1() -> None:
    none = np.zeros((2, 3), np.int8)

    assert score(none, none).macro_f1 == 0
    assert score(none, none).exact_match == 1


def test_true_negatives_of_a_single_class_do_not_count_for_f1() -> None:
    truth = np.array([[1], [0], [0], [0]], np.int8)

    assert micro_f1(truth, np.zeros_like(truth)) == 0
    assert score(truth, np.zeros_like(truth)).micro_f1 == 0
    assert micro_f1(np.zeros_like(truth), np.zeros_like(truth)) == 0


def test_all_f1_averages_are_equal_for_a_single_class() -> None:
    truth = np.array([[1], [1], [0], [0]], np.int8)
    answers = np.array([[1], [0], [1], [0]], np.int8)

    scores = score(truth, answers)

    assert scores.macro_f1 == scores.weighted_f1 == scores.micro_f1 == 0.5


def test_scores_of_several_classes_equal_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    truth, answers = (rng.random((2, 60, 7)) < 0.3).astype(np.int8)
    truth[:, 3], answers[:, 5] = 0, 0

    found = score_classes(truth, answers)

    for mine, theirs in zip(
        (found.precision, found.recall, found.f1, found.support),
        precision_recall_fscore_support(truth, answers, average=None, zero_division=0),
        strict=True,
    ):
        np.testing.assert_allclose(mine, theirs)
    assert score(truth, answers).weighted_f1 == pytest.approx(
        f1_score(truth, answers, average="weighted", zero_division=0)
    )
