"""Cross-validation: nothing is answered by a model that saw it."""

from pathlib import Path

import numpy as np

from tests.training.samples import TAXONOMY, write_csv
from training.cross_validation import measure, measure_rules, out_of_fold
from training.dataset import Row, read_rows
from training.folds import Fold
from training.folds_file import make_folds, read_folds, write_folds
from triage.cascade import FallbackClass, Ladder
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

ONE = Taxonomy(groups=TAXONOMY.groups, classes=TAXONOMY.classes[:1])


def row(index: int, *classes: int, origin: int | None = None) -> Row:
    return Row(index, ReviewInput(3, (), "долго"), classes, origin)


def halves() -> list[Fold]:
    first, second = np.array([0, 1]), np.array([2, 3])
    return [Fold(first, second), Fold(second, first)]


def test_a_row_is_answered_by_a_model_that_did_not_see_it() -> None:
    """Both halves say the same with opposite classes: whoever saw its row would answer it right."""
    rows = [row(1, 0), row(2, 0), row(3), row(4)]

    answered = out_of_fold(rows, halves(), ONE, strength=7.0)

    assert (answered[:2] < 0.5).all()
    assert (answered[2:] > 0.5).all()


def test_an_extra_row_that_says_what_is_measured_is_left_out_of_that_fold() -> None:
    rows = [row(1, 0), row(2, 0), row(3), row(4)]
    extra = [row(9, 0, origin=1)] * 9

    answered = out_of_fold(rows, halves(), ONE, strength=7.0, extra=extra)

    assert np.array_equal(answered, out_of_fold(rows, halves(), ONE, strength=7.0))


def test_each_rule_is_measured(tmp_path: Path) -> None:
    rows = read_rows(data := write_csv(tmp_path / "small.csv"), TAXONOMY)
    rules = (Ladder(fallback="most_probable"), Ladder(fallback=FallbackClass(**{"class": 12})))
    file = make_folds(rows, data, TAXONOMY, count=3, seed=5, together=True)
    write_folds(tmp_path / "folds.json", file)
    folds = read_folds(tmp_path / "folds.json", rows, data)
    found = out_of_fold(rows, folds.parts(), TAXONOMY, strength=7.0)

    metrics = list(measure_rules(rows, found, folds, TAXONOMY, rules))

    assert [figures.how for figures in metrics] == [
        "3-fold (seed 5), identical texts in one fold, fallback most_probable",
        "3-fold (seed 5), identical texts in one fold, fallback class 12",
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
