"""Stored probabilities are measured only with the taxonomy that their model was made for."""

import shutil
from pathlib import Path

import pytest

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY
from triage.taxonomy import Taxonomy


def exchanged() -> Taxonomy:
    """Return the taxonomy with its first two classes exchanged under the same ids."""
    first, second, *others = TAXONOMY.classes
    classes = (
        second.model_copy(update={"id": first.id}),
        first.model_copy(update={"id": second.id}),
        *others,
    )
    return Taxonomy.model_validate(TAXONOMY.model_dump() | {"classes": classes})


def name_exchanged(bench: Bench) -> None:
    """Let further commands read the exchanged taxonomy."""
    assert exchanged().ids == TAXONOMY.ids
    path = bench.folder / "exchanged.json"
    path.write_text(exchanged().model_dump_json(), encoding="utf-8")
    bench.taxonomy = f"--taxonomy={path}"


@pytest.fixture
def model(bench: Bench) -> Path:
    """Return a model with out-of-fold probabilities; further commands read another taxonomy."""
    model = bench.fit("model", bench.folds)
    name_exchanged(bench)
    return model


@pytest.mark.parametrize(
    "command",
    [
        ("evaluate", "--model={}", "--oof"),
        ("calibrate", "--model={}", "--write"),
        ("thresholds", "--model={}", "--write"),
        ("compare", "{}", "{}", "--oof"),
        ("promote", "{}", "--place={}-served", "--oof"),
    ],
    ids=lambda command: command[0],
)
def test_a_taxonomy_with_exchanged_classes_is_refused(
    bench: Bench, model: Path, command: tuple[str, ...]
) -> None:
    shutil.copytree(model, f"{model}-served")
    before = {path.name: path.read_bytes() for path in model.iterdir()}

    line = bench.refused(*(word.format(model) for word in command), f"--data={bench.data}")

    assert f"its taxonomy digest is {TAXONOMY.digest}" in line
    assert f"this installation's is {exchanged().digest}" in line
    assert line.endswith(
        "name the taxonomy file that it was fitted with, or fit a model for this one"
    )
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_a_teacher_of_another_taxonomy_teaches_nothing_by_stored_probabilities(
    bench: Bench,
) -> None:
    teacher, scored = bench.fit("teacher"), bench.folder / "scored.npz"
    given = [f"--probabilities={scored}", f"--out={bench.folder / 'answers.csv'}"]
    bench.do("predict", f"--model={teacher}", f"--data={bench.data}", *given)
    name_exchanged(bench)
    reads = [f"--data={bench.data}", f"--unlabelled={bench.data}", f"--probabilities={scored}"]
    student = bench.folder / "student"

    line = bench.refused("distil", f"--teacher={teacher}", *reads, f"--out={student}")

    assert f"its taxonomy digest is {TAXONOMY.digest}" in line
    assert not student.exists()
