"""What a manifest says of a model: each rule measured, with the spread between folds."""

from pathlib import Path

import numpy as np

from tests.training.samples import TAXONOMY, write_csv
from training.dataset.folds import Fold
from training.dataset.folds_file import make_folds, read_folds, write_folds
from training.dataset.review_files import label_matrix, read_rows
from training.evaluation.quality_metrics import as_text, measure, measure_ladders
from training.linear.cross_fit import cross_fit


def test_each_rule_is_measured(tmp_path: Path) -> None:
    rows = read_rows(data := write_csv(tmp_path / "small.csv"), TAXONOMY)
    file = make_folds(rows, data, TAXONOMY, count=3, seed=5, together=True)
    write_folds(tmp_path / "folds.json", file)
    folds = read_folds(tmp_path / "folds.json", rows, data)
    found = cross_fit(rows, folds.parts(), TAXONOMY, strength=7.0)

    labels = label_matrix(rows, TAXONOMY)
    parts = list(folds.parts())
    metrics = measure_ladders(folds.how, labels, found, TAXONOMY, fallback_class=12, folds=parts)

    assert [figures.how for figures in metrics] == [
        "3-fold (seed 5), identical texts in one fold, fallback most_probable",
        "3-fold (seed 5), identical texts in one fold, fallback class 12",
    ]
    assert all(figures.n == len(rows) for figures in metrics)
    assert metrics[:1] == measure_ladders(
        folds.how, labels, found, TAXONOMY, fallback_class=None, folds=parts
    )
    assert metrics[0].exact_match > 0.5


def test_the_standard_deviation_is_computed_between_folds() -> None:
    labels = np.array([[1], [1], [0], [0]], np.int8)
    answers = np.array([[1], [1], [1], [0]], np.int8)
    none = np.array([], np.intp)

    figures = measure(
        "by hand", labels, answers, [Fold(none, np.array([0, 1])), Fold(none, np.array([2, 3]))]
    )

    assert figures.exact_match == 0.75
    assert figures.exact_match_std == 0.25
    assert measure("in one piece", labels, answers).exact_match_std is None
    assert as_text([figures]).startswith("exact match 0.750, micro-F1 0.800, macro-F1 ")
    assert as_text([figures]).endswith(": by hand\n")
