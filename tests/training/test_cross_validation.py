"""Cross-validation: nothing is answered by a model that saw it."""

from pathlib import Path

import numpy as np

from tests.training.samples import TAXONOMY, write_csv
from training.cross_validation import cross_validate, measure, out_of_fold
from training.dataset import read_rows
from training.folds import Fold
from triage.cascade import FallbackClass, Ladder
from triage.review import ReviewInput
from worker.linear import matrix


def test_a_row_is_answered_by_a_model_that_did_not_see_it() -> None:
    """Both rows say the same with opposite classes: whoever saw its row would answer it right."""
    rows = matrix([ReviewInput(3, (), "долго")] * 4)
    labels = np.array([[1], [1], [0], [0]], np.int8)
    halves = (np.array([0, 1]), np.array([2, 3]))
    folds = [Fold(halves[0], halves[1]), Fold(halves[1], halves[0])]

    answered = out_of_fold(rows, labels, folds, strength=7.0)

    assert (answered[:2] < 0.5).all()
    assert (answered[2:] > 0.5).all()


def test_each_rule_is_measured_with_and_without_grouping(tmp_path: Path) -> None:
    rows = read_rows(write_csv(tmp_path / "small.csv"), TAXONOMY)
    rules = (Ladder(fallback="most_probable"), Ladder(fallback=FallbackClass(**{"class": 12})))

    metrics = list(cross_validate(rows, TAXONOMY, rules, folds=3, seed=5, strength=7.0))

    assert [figures.how for figures in metrics] == [
        "3-fold (seed 5), identical texts in one fold, fallback most_probable",
        "3-fold (seed 5), identical texts in one fold, fallback class 12",
        "3-fold (seed 5), identical texts in any fold, fallback most_probable",
        "3-fold (seed 5), identical texts in any fold, fallback class 12",
    ]
    assert all(figures.n == len(rows) for figures in metrics)
    assert metrics[0].exact_match > 0.5


def test_the_spread_is_the_one_between_folds() -> None:
    labels = np.array([[1], [1], [0], [0]], np.int8)
    answers = np.array([[1], [1], [1], [0]], np.int8)
    none = np.array([], np.intp)

    figures = measure(
        "by hand", labels, answers, [Fold(none, np.array([0, 1])), Fold(none, np.array([2, 3]))]
    )

    assert figures.exact_match == 0.75
    assert figures.exact_match_std == 0.25
