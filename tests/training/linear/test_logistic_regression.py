"""Fitting the linear model: it learns, it is repeatable, and it says what it was made for."""

from pathlib import Path

import numpy as np

from tests.training.samples import TAXONOMY, write_csv
from training.dataset.review_files import label_matrix, read_rows
from training.linear.logistic_regression import fit, save
from triage.review import ReviewInput
from worker.classifiers.linear import BUCKETS, WEIGHTS, LinearWeights, load_linear, matrix


def fitted(folder: Path) -> LinearWeights:
    rows = read_rows(write_csv(folder / "small.csv"), TAXONOMY)
    reviews = matrix([row.review for row in rows], TAXONOMY.rating)
    return fit(reviews, label_matrix(rows, TAXONOMY), strength=7.0)


def test_a_saved_model_classifies_its_training_examples(tmp_path: Path) -> None:
    manifest = save(tmp_path, fitted(tmp_path), TAXONOMY, name="small", metrics=())
    classifier = load_linear(tmp_path, TAXONOMY)

    (slow, dear, thanks) = classifier.classify(
        [
            ReviewInput(3, ("DELIVERY",), "Ехали очень долго"),
            ReviewInput(2, ("PRICE",), "Дорого, цены выше"),
            ReviewInput(6, (), "Большое спасибо"),
        ]
    )

    assert classifier.manifest == manifest
    assert [slow.argmax(), dear.argmax(), thanks.argmax()] == [0, 1, 2]


def test_two_fits_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        save(folder, fitted(folder), TAXONOMY, name="small", metrics=())
        written.append((folder / WEIGHTS).read_bytes())

    assert written[0] == written[1]


def test_fitted_weights_are_rounded_to_the_stored_precision(tmp_path: Path) -> None:
    weights = fitted(tmp_path)

    assert np.array_equal(weights.slope, weights.slope.astype(np.float16).astype(np.float32))


def test_a_rating_without_examples_is_interpolated(tmp_path: Path) -> None:
    """The small file has neither 1 nor 4 nor 5: steps that always come together weigh the same."""
    step = fitted(tmp_path).slope[BUCKETS:]

    assert np.array_equal(step[0], step[1])  # to 1 and to 2
    assert np.array_equal(step[3], step[4])  # to 4 and to 5
    assert np.array_equal(step[4], step[5])  # to 5 and to 6
    assert step.any()


def test_a_class_without_examples_gets_a_low_probability() -> None:
    rows = matrix(
        [ReviewInput(3, (), text) for text in ("долго", "дорого", "ужас")], TAXONOMY.rating
    )

    weights = fit(rows, np.array([[0, 1], [0, 1], [0, 1]], np.int8), strength=7.0)

    assert np.allclose(weights.probabilities(rows), [[0.125, 0.875]] * 3)
