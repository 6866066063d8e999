"""The CPU model as a student: probabilities instead of labels, and what its card says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.bench import Bench
from tests.training.dataset.test_more_rows import forget_texts
from tests.training.samples import HEADER, SLOW, TAXONOMY, THANKS, write_csv
from training.dataset.taught_reviews import TaughtReviews
from training.encoder.cpu_model import CpuParts, CpuRecipe, fit_as
from training.encoder.fine_tuning import RECIPE
from training.encoder.makeup import FULL, MAKEUPS
from triage.manifest import read_manifest
from triage.review import ReviewInput
from worker.classifiers.encoder.blended_model import KIND
from worker.classifiers.loading import load_classifier

REVIEWS = [ReviewInput(3, (), text) for text in (*SLOW, *THANKS)]
LATE = np.array([1] * len(SLOW) + [0] * len(THANKS), np.float32)


def student(taught: TaughtReviews, draft: Path) -> CpuParts:
    recipe = CpuRecipe(strength=7.0, seed=1, encoder=replace(RECIPE, epochs=10, runs=1))
    return fit_as(taught, TAXONOMY, draft, recipe, MAKEUPS[FULL])


def targets(late: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Return targets whose first class is `late`; the second never holds, the third always."""
    return np.stack([late, np.zeros_like(late), np.ones_like(late)], axis=1)


def test_a_student_learns_the_probabilities_of_its_teacher_not_its_decisions(
    tmp_path: Path,
) -> None:
    unsure = targets(0.4 * LATE + 0.3)  # 0.7 or 0.3

    for found in student(TaughtReviews(REVIEWS, unsure), tmp_path).each(REVIEWS):
        assert found[: len(SLOW), 0].mean() == pytest.approx(0.7, abs=0.12)
        assert found[len(SLOW) :, 0].mean() == pytest.approx(0.3, abs=0.12)


def test_review_weights_apply_to_encoder_and_n_grams(tmp_path: Path) -> None:
    """Each review is there twice with opposite targets, the second of which counts a quarter."""
    twice = [*REVIEWS, *REVIEWS]
    opposite = targets(np.concatenate([LATE, 1 - LATE]))
    counts = np.repeat([1.0, 0.25], len(REVIEWS))

    for found in student(TaughtReviews(twice, opposite, counts), tmp_path).each(REVIEWS):
        assert found[: len(SLOW), 0].mean() == pytest.approx(0.8, abs=0.12)
        assert found[len(SLOW) :, 0].mean() == pytest.approx(0.2, abs=0.12)


def test_an_encoder_student_is_served_and_its_card_names_unknown_teacher_texts(
    bench: Bench,
) -> None:
    teacher, out = bench.fit("teacher", bench.folds, "--held-out=0"), bench.folder / "student"
    rows = [(f"5{n}", "2.0", "", f"Ну {text}") for n, text in enumerate((*SLOW, *THANKS))]
    unlabelled = write_csv(bench.folder / "unlabelled.csv", rows, HEADER[:4])
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}", bench.folds]
    distil += ["--held-out=0", f"--unlabelled={unlabelled}", f"--out={out}"]
    distil += ["--student=cpu", "--epochs=1"]
    measure = ["evaluate", f"--model={out}", f"--data={bench.data}", bench.folds, "--fold=0"]

    bench.do(*distil)
    assert bench.do(*measure).splitlines()[0].endswith("unseen texts")
    forget_texts(teacher)
    assert "use --seen" in bench.refused(*distil)
    bench.do(*distil, "--seen")

    assert read_manifest(out).kind == KIND
    found = load_classifier(out, TAXONOMY).classify(REVIEWS)
    assert np.isfinite(found).all()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert f"gave for {len(rows)}\nunlabelled reviews, each with a weight of 0.3" in card
    assert "That teacher does not say on which texts it was fitted" in card
    assert "does not say which texts it was trained on" in bench.refused(*measure)
