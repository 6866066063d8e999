"""Cross-validation: nothing is answered by a model that saw it."""

import numpy as np

from tests.training.samples import TAXONOMY
from training.dataset.folds import Fold
from training.dataset.leaks import text_digest
from training.dataset.review_files import Row
from training.linear.cross_fit import cross_fit
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

ONE = Taxonomy(groups=TAXONOMY.groups, classes=TAXONOMY.classes[:1])


def row(index: int, *classes: int) -> Row:
    text = "долго ждали заказ" if index % 2 else "долго ждали курьера"
    return Row(index, ReviewInput(3, (), text), classes)


def halves() -> list[Fold]:
    first, second = np.array([0, 1]), np.array([2, 3])
    return [Fold(first, second), Fold(second, first)]


def test_each_row_is_scored_by_a_model_not_trained_on_it() -> None:
    """Both halves say the same with opposite classes: whoever saw its row would answer it right."""
    rows = [row(1, 0), row(2, 0), row(3), row(4)]

    answered = cross_fit(rows, halves(), ONE, strength=7.0)

    assert (answered[:2] < 0.5).all()
    assert (answered[2:] > 0.5).all()


def test_an_extra_row_derived_from_a_measured_row_is_excluded_from_that_fold() -> None:
    rows = [row(1, 0), row(2, 0), row(3), row(4)]
    origin = text_digest(rows[0].review.text)
    extra = [Row(9, ReviewInput(3, (), "заказали и ждали"), (0,), origin)] * 9

    answered = cross_fit(rows, halves(), ONE, strength=7.0, extra=extra)

    assert np.array_equal(answered, cross_fit(rows, halves(), ONE, strength=7.0))
