"""python -m training check-against: probabilities of a model against published ones."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY
from training.__main__ import main
from training.dataset.review_files import read_reviews
from training.prediction.scoring import score_rows
from worker.classifiers.loading import load_classifier

Table = list[list[str]]


def published(bench: Bench, model: Path) -> Table:
    """Return the model's probabilities as a table with columns in another order."""
    rows = read_reviews(bench.data, TAXONOMY)
    found = score_rows(load_classifier(model, TAXONOMY), rows)[:, ::-1]
    header = ["index", *(f"prob_{class_id}" for class_id in reversed(TAXONOMY.ids))]
    values = ([str(row.index), *map(str, ps)] for row, ps in zip(rows, found, strict=True))
    return [header, *reversed(list(values))]


def check(bench: Bench, model: Path, table: Table, *more: str) -> int:
    path = bench.folder / "published.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    files = (f"--model={model}", f"--data={bench.data}", f"--probabilities={path}")
    return main(["check-against", *files, bench.taxonomy, *more])


def test_equal_probabilities_in_another_order_show_no_difference(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    model = bench.fit("model")
    capsys.readouterr()
    assert check(bench, model, published(bench, model), "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["reviews"] == len(read_reviews(bench.data, TAXONOMY))
    assert found["largest"] < 1e-6
    assert found["equal_decisions"] == 1


def test_the_largest_difference_is_reported_with_its_review_and_class(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    model = bench.fit("model")
    table = published(bench, model)
    before = float(table[3][1])
    table[3][1] = "0.0" if before > 0.5 else "1.0"
    capsys.readouterr()
    assert check(bench, model, table, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    count = found["reviews"] * len(TAXONOMY.ids)
    assert (found["largest_index"], found["largest_class"]) == (int(table[3][0]), TAXONOMY.ids[-1])
    assert found["largest"] == pytest.approx(max(before, 1 - before), abs=1e-6)
    assert found["mean"] == pytest.approx(found["largest"] / count, abs=1e-6)
    assert found["equal_decisions"] == pytest.approx(1 - 1 / found["reviews"])


def test_a_file_without_indices_is_matched_by_row_order(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    model = bench.fit("model")
    header, *rows = published(bench, model)
    table = [row[1:] for row in (header, *reversed(rows))]
    capsys.readouterr()
    assert check(bench, model, table) == 0
    assert "equal decisions    100.00%" in capsys.readouterr().out


def test_a_probability_file_of_predict_can_be_compared(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    model, kept = bench.fit("model"), bench.folder / "p.npz"
    files = (f"--model={model}", f"--data={bench.data}", f"--probabilities={kept}")
    bench.do("predict", *files, f"--out={bench.folder / 'out.csv'}")
    capsys.readouterr()
    assert main(["check-against", *files, bench.taxonomy, "--json"]) == 0
    assert np.isclose(json.loads(capsys.readouterr().out)["largest"], 0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda table: [row[:-1] for row in table], "no column whose name ends with class 0"),
        (lambda table: [row[:-2] for row in table], "ends with class 0, 7"),
        (lambda table: table[:-1], "has no row of index"),
        (lambda table: [row[1:] for row in table[:-1]], "rows for"),
        (lambda table: [table[0], [*table[1][:-1], "2.0"], *table[2:]], "not probabilities from"),
        (
            lambda table: [table[0], *([row[0], *"0" * (len(row) - 1)] for row in table[1:])],
            "labels",
        ),
        (lambda table: [table[0], [*table[1][:-1], "high"], *table[2:]], "is not a table"),
    ],
)
def test_an_incomparable_file_gives_a_one_line_error(
    bench: Bench, capsys: pytest.CaptureFixture[str], spoil, words: str
) -> None:
    model = bench.fit("model")
    capsys.readouterr()
    assert check(bench, model, spoil(published(bench, model))) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
