"""Data at the edges: classes without an example, one class, three rows. A model or one line."""

import json
from pathlib import Path

import pytest

from tests.training.samples import TAXONOMY, write_taxonomy
from training.__main__ import main
from training.dataset.class_examples import label_warnings
from training.dataset.review_files import Row
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy

FEW = "different texts; label more before you trust answers or metrics"
UNUSED = "classes without an example, which the model will never name (2 of 3): dear, thanks"


def many(classes: str) -> list[tuple[str, str]]:
    return [(f"Долго везли, {number} часов", classes) for number in range(12)]


CASES = {
    "three-rows": (
        [("Долго", "slow"), ("Дорого", "dear"), ("Спасибо", "thanks")],
        [f"only 3 {FEW}"],
    ),
    "one-row": (
        [("Долго", "slow;dear")],
        [
            "classes without an example, which the model will never name (1 of 3): thanks",
            f"only 1 {FEW}",
        ],
    ),
    "one-class": (
        many("slow"),
        [UNUSED, "every review has the class slow, so the model always answers with it"],
    ),
    "one-class-or-none": ([*many("slow"), ("Спасибо", "[]")], [UNUSED]),
    "signs-alone": ([("!!!", "slow"), ("👍", "dear"), ("?", "thanks")], [f"only 3 {FEW}"]),
}


def write_rows_of(path: Path, rows: list[tuple[str, str]]) -> str:
    lines = ["text;rating;classes", *(f'{text};3;"{classes}"' for text, classes in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"--data={path}"


@pytest.mark.parametrize("name", CASES)
def test_a_fit_on_little_data_warns_and_writes_a_model(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, warnings = CASES[name]
    taxonomy = f"--taxonomy={write_taxonomy(tmp_path / 'taxonomy.json')}"
    both = [write_rows_of(tmp_path / "mine.csv", rows), taxonomy]
    model, answers = tmp_path / "model", tmp_path / "answers.csv"

    assert main(["fit", "linear", *both, f"--out={model}"]) == 0
    assert capsys.readouterr().err.splitlines() == [f"warning: {line}" for line in warnings]

    assert main(["predict", f"--model={model}", *both, f"--out={answers}"]) == 0
    assert len(answers.read_text().splitlines()) == 1 + len(rows)
    assert main(["evaluate", f"--model={model}", *both, "--seen"]) == 0


def test_three_rows_are_measured_out_of_fold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taxonomy = f"--taxonomy={write_taxonomy(tmp_path / 'taxonomy.json')}"
    both = [write_rows_of(tmp_path / "mine.csv", CASES["three-rows"][0]), taxonomy]
    folds, model = tmp_path / "folds.json", tmp_path / "model"

    assert main(["folds", *both, f"--out={folds}"]) == 1
    assert (
        capsys.readouterr().err.splitlines()[-1].startswith("error: 5 parts of 3 different texts")
    )

    assert main(["folds", *both, f"--out={folds}", "--count=3"]) == 0
    assert main(["fit", "linear", *both, f"--folds={folds}", f"--out={model}"]) == 0
    measured = [f"--model={model}", *both]
    assert main(["evaluate", *measured, "--oof", f"--report={tmp_path / 'report.html'}"]) == 0
    assert main(["calibrate", *measured, "--write"]) == 0
    assert main(["thresholds", *measured, "--trials=1"]) == 0


def test_a_taxonomy_of_one_class_can_be_fitted_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = json.loads(TAXONOMY.model_dump_json())
    one["classes"] = one["classes"][:1]
    (tmp_path / "one.json").write_text(json.dumps(one), encoding="utf-8")
    rows = [*many("slow"), *((f"Спасибо, {number}", "[]") for number in range(12))]
    both = [write_rows_of(tmp_path / "mine.csv", rows), f"--taxonomy={tmp_path / 'one.json'}"]
    folds, model = tmp_path / "folds.json", tmp_path / "model"

    assert main(["folds", *both, f"--out={folds}", "--count=3"]) == 0
    assert main(["fit", "linear", *both, f"--folds={folds}", f"--out={model}"]) == 0
    capsys.readouterr()
    measured = [f"--model={model}", *both]
    assert main(["evaluate", *measured, "--oof", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    (of_class,) = found["classes"]
    assert found["macro_f1"] == found["micro_f1"] == of_class["f1"]
    assert main(["calibrate", *measured, "--write"]) == 0
    assert main(["thresholds", *measured, "--trials=1"]) == 0


def test_labels_that_name_no_class_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taxonomy = f"--taxonomy={write_taxonomy(tmp_path / 'taxonomy.json')}"
    data = write_rows_of(tmp_path / "mine.csv", many("[]"))

    assert main(["fit", "linear", data, taxonomy, f"--out={tmp_path / 'model'}"]) == 1

    assert capsys.readouterr().err == "error: no review has a class, so there is nothing to learn\n"


def test_a_warning_about_many_classes_is_short() -> None:
    taxonomy = load_taxonomy()
    rows = [Row(index, ReviewInput(3, (), f"{index} раз"), (0,)) for index in range(20)]
    (warning, _) = label_warnings(rows, taxonomy)

    assert "(49 of 50)" in warning
    assert warning.endswith(" and 39 more")
    assert len(warning) < 500


def test_distilling_warns_of_classes_that_only_the_teacher_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taxonomy = f"--taxonomy={write_taxonomy(tmp_path / 'taxonomy.json')}"
    both = [write_rows_of(tmp_path / "all.csv", CASES["three-rows"][0]), taxonomy]
    teacher, more = tmp_path / "teacher", tmp_path / "more.csv"
    assert main(["fit", "linear", *both, f"--out={teacher}"]) == 0
    capsys.readouterr()
    more.write_text("text\nОчень долго\n", encoding="utf-8")
    mine = write_rows_of(tmp_path / "mine.csv", [("Дорого", "dear")])
    distil = ["distil", mine, taxonomy, f"--teacher={teacher}", f"--unlabelled={more}"]

    assert main([*distil, f"--out={tmp_path / 'student'}"]) == 0

    assert capsys.readouterr().err.splitlines() == [
        "warning: classes without a labelled example, which the teacher alone can teach (2 of 3): "
        "slow, thanks",
        "warning: only 2 different texts; add more before you trust answers or metrics",
    ]
