"""Students, pseudo-labels and blends, and that none of them hides what was seen."""

import random
from pathlib import Path

import numpy as np
import pytest

from tests.training.bench import Bench
from tests.training.samples import DEAR, HEADER, SLOW, TAXONOMY, THANKS, table, write_csv
from training.commands.pseudo_label import confident_rows
from training.dataset.augmenting import cleaned, noise
from training.dataset.folds import text_key
from training.dataset.leaks import TRAINED_ON, read_trained_on, text_digest
from training.dataset.review_files import Row, Unlabelled
from training.linear.logistic_regression import fit
from training.prediction.probability_file import read_scored
from triage.manifest import read_manifest, write_manifest
from triage.review import ReviewInput
from worker.classifiers.linear import matrix

SOME = [(str(number), "2.0", "", f"{text}!") for number, text in enumerate(SLOW + DEAR + THANKS)]


@pytest.fixture
def unlabelled(bench: Bench) -> Path:
    """Return reviews in other words, and those of the small file."""
    rows = [(str(n), "2.0", "", f"Ну {text[0].lower()}{text[1:]}") for n, *_, text in SOME]
    rows += [(f"5{n}", "2.0", "", text) for n, *_, text in SOME]
    return write_csv(bench.folder / "unlabelled.csv", rows, HEADER[:4])


def test_a_soft_label_is_equivalent_to_that_share_of_hard_labels() -> None:
    rows = matrix([ReviewInput(3, (), "долго")] * 4, TAXONOMY.rating)
    hard = fit(rows, np.array([[1], [1], [1], [0]], np.int8), strength=7.0)

    soft = fit(rows, np.full((4, 1), 0.75, np.float32), strength=7.0)

    assert soft.probabilities(rows) == pytest.approx(hard.probabilities(rows), abs=0.02)


def test_a_review_with_a_lower_weight_has_less_influence() -> None:
    rows = matrix(
        [ReviewInput(3, (), text) for text in ("долго", "долго", "цены")], TAXONOMY.rating
    )
    labels = np.array([[1], [0], [0]], np.int8)

    weak = fit(rows, labels, strength=7.0, sample_weight=np.array([1, 0.1, 1]))

    assert (
        weak.probabilities(rows)[0, 0] > fit(rows, labels, strength=7.0).probabilities(rows)[0, 0]
    )


def test_a_student_counts_as_trained_on_the_texts_of_its_teacher(
    bench: Bench, unlabelled: Path
) -> None:
    teacher = bench.fit("teacher")
    student = bench.folder / "student"

    bench.do(
        "distil",
        f"--teacher={teacher}",
        f"--data={bench.data}",
        bench.folds,
        "--held-out=0",
        f"--unlabelled={unlabelled}",
        f"--out={student}",
    )

    line = bench.refused(
        "evaluate", f"--model={student}", f"--data={bench.data}", bench.folds, "--fold=0"
    )
    assert "was trained on" in line
    trained = read_trained_on(student / TRAINED_ON)
    assert trained is not None
    assert text_digest("Ну курьер опять ехал целую вечность") in trained.keys


def test_a_student_can_be_measured_on_texts_unseen_by_its_teacher(
    bench: Bench, unlabelled: Path
) -> None:
    teacher = bench.fit("teacher", bench.folds, "--held-out=0")
    student, kept = bench.folder / "student", bench.folder / "p.npz"
    bench.do(
        "predict",
        f"--model={teacher}",
        f"--data={unlabelled}",
        f"--out={bench.folder / 'o.csv'}",
        f"--probabilities={kept}",
    )
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}", bench.folds]
    distil += ["--held-out=0", f"--unlabelled={unlabelled}", f"--out={student}"]

    bench.do(*distil)
    here = (student / "weights.safetensors").read_bytes()
    bench.do(*distil, f"--probabilities={kept}")

    assert (student / "weights.safetensors").read_bytes() == here
    said = bench.do(
        "evaluate", f"--model={student}", f"--data={bench.data}", bench.folds, "--fold=0"
    )
    assert said.splitlines()[0].endswith("unseen texts")


def test_a_teacher_with_unknown_training_texts_needs_seen_and_marks_its_student(
    bench: Bench, unlabelled: Path
) -> None:
    teacher, student = bench.fit("teacher"), bench.folder / "student"
    forget_texts(teacher)
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}"]
    distil += [f"--unlabelled={unlabelled}", f"--out={student}"]

    assert "use --seen" in bench.refused(*distil)
    bench.do(*distil, "--seen")

    assert "does not say on which texts" in (student / "README.md").read_text()
    line = bench.refused("evaluate", f"--model={student}", f"--data={bench.data}")
    assert "does not say which texts it was trained on" in line


def forget_texts(model: Path) -> None:
    """Leave a folder as that of a published model, which does not list its training texts."""
    manifest = read_manifest(model)
    (model / TRAINED_ON).unlink()
    sha256 = {name: value for name, value in manifest.sha256.items() if name != TRAINED_ON}
    write_manifest(model, manifest.model_copy(update={"sha256": sha256}))


def test_the_teacher_does_not_label_rows_of_the_extra_file(bench: Bench, unlabelled: Path) -> None:
    """An extra row may have the index of a labelled one; its target stays its own label."""
    teacher = bench.fit("teacher", bench.folds)
    extra = write_csv(bench.folder / "extra.csv", [(*table()[0][:3], "Совсем иное", *"001")])
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}"]
    distil += [f"--unlabelled={unlabelled}", f"--extra={extra}", "--trust=1"]
    bench.do(*distil, f"--out={bench.folder / 'a'}")
    write_csv(extra, [(*table()[0][:3], "Совсем иное", *"100")])
    bench.do(*distil, f"--out={bench.folder / 'b'}")

    weights = [(bench.folder / name / "weights.safetensors").read_bytes() for name in "ab"]
    assert weights[0] != weights[1]


def test_probabilities_of_another_model_than_the_teacher_are_refused(
    bench: Bench, unlabelled: Path
) -> None:
    one, other = bench.fit("one"), bench.fit("other", "--strength=0.1")
    kept = bench.folder / "p.npz"
    predict = ["predict", f"--model={other}", f"--data={unlabelled}"]
    bench.do(*predict, f"--out={bench.folder / 'o.csv'}", f"--probabilities={kept}")

    line = bench.refused(
        "distil",
        f"--teacher={one}",
        f"--data={bench.data}",
        f"--unlabelled={unlabelled}",
        f"--probabilities={kept}",
        f"--out={bench.folder / 'student'}",
    )

    assert "were given by linear" in line
    assert not (bench.folder / "student").exists()


def test_pseudo_labelling_reviews_without_text_is_refused(bench: Bench) -> None:
    model, empty = bench.fit("model"), bench.folder / "empty.csv"
    write_csv(empty, [("1", "3.0", "", " ")], HEADER[:4])

    line = bench.refused(
        "pseudo-label", f"--model={model}", f"--data={empty}", f"--out={bench.folder / 'p.csv'}"
    )

    assert "no review in it has a text" in line


def test_only_reviews_with_all_classes_decided_get_pseudo_labels() -> None:
    rows = [Unlabelled(n, ReviewInput(1, (), "а")) for n in range(3)]
    p = np.array([[0.97, 0.01, 0.96], [0.97, 0.2, 0.01], [0.01, 0.02, 0.03]])

    assert confident_rows(rows, p, TAXONOMY, above=0.95) == (Row(0, rows[0].review, (0, 12)),)


def test_pseudo_labels_that_leak_measured_texts_are_detected(bench: Bench) -> None:
    teacher, extra = bench.fit("teacher"), bench.folder / "pseudo.csv"
    data = write_csv(bench.folder / "some.csv", SOME, HEADER[:4])
    bench.do(
        "pseudo-label", f"--model={teacher}", f"--data={data}", f"--out={extra}", "--above=0.6"
    )

    out = bench.folder / "model"
    fit = ["fit", "linear", f"--data={bench.data}", f"--out={out}", "--compare-class=12"]
    fit += [bench.folds, f"--extra={extra}"]

    assert "the model that labelled rows of --data or --extra was trained on" in bench.refused(*fit)

    # Whoever insists has it said by everything that is made of these answers.
    bench.do(*fit, "--seen")
    stored = ["evaluate", f"--model={out}", f"--data={bench.data}", "--oof"]
    assert "fitted with --seen on texts that it is measured on" in bench.refused(*stored)
    assert "TRAINED ON" in bench.do(*stored, "--seen").splitlines()[0]
    blend = ["blend", str(out / "oof.npz"), f"--out={bench.folder / 'b.npz'}"]
    bench.do(*blend)
    again = ["blend", str(bench.folder / "b.npz"), f"--out={bench.folder / 'c.npz'}"]
    assert "fitted with --seen" in bench.refused(*again, f"--data={bench.data}")


def test_a_blend_is_the_weighted_mean_and_keeps_the_folds(bench: Bench) -> None:
    one, two = bench.fit("a", bench.folds, "--strength=0.1"), bench.fit("b", bench.folds)
    out = bench.folder / "blend.npz"

    said = bench.do(
        "blend",
        str(one / "oof.npz"),
        str(two / "oof.npz"),
        f"--out={out}",
        f"--data={bench.data}",
        f"--submission={bench.folder / 's.csv'}",
        "--weights",
        "1",
        "3",
    )
    files = [str(one / "oof.npz"), str(two / "oof.npz")]
    assert "--weights:" in bench.refused("blend", *files, f"--out={out}", "--weights", "inf", "1")

    a, b, c = (read_scored(p, TAXONOMY.ids) for p in (one / "oof.npz", two / "oof.npz", out))
    assert np.allclose(c.probabilities, 0.25 * a.probabilities + 0.75 * b.probabilities)
    assert c.fold is not None
    assert said.count("unseen texts") == 3
    assert (bench.folder / "s.csv").read_text().count("\n") == 25


def test_typing_errors_change_only_the_text() -> None:
    row = Row(5, ReviewInput(2, ("PRICE",), "Слишком дорого и очень долго везли заказ " * 3), (7,))

    (made,) = noise([row], TAXONOMY, random.Random(1))

    assert text_key(made.review.text) != text_key(row.review.text)
    assert (made.review.rating, made.review.tags, made.classes) == (2, ("PRICE",), (7,))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Долгооо!!!  Ужас....", "Долго! Ужас."),
        ("см. https://a.b/c?d=1 там", "см. там"),
        ("Аллея, [NUM] раз", "Аллея, [NUM] раз"),
    ],
)
def test_cleaning_removes_repeated_characters_and_links(text: str, clean: str) -> None:
    assert cleaned(text) == clean
