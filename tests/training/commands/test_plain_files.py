"""Every command reads a plain file as it reads the same reviews in the competition's columns."""

import csv
import json
from pathlib import Path

import pytest

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY, table
from triage.manifest import read_manifest


def write_plain(path: Path, delimiter: str, encoding: str) -> Path:
    """Write the small file's reviews in the plain columns."""
    with path.open("w", encoding=encoding, newline="") as file:
        lines = csv.writer(file, delimiter=delimiter)
        lines.writerow(["index", "text", "rating", "topics", "classes"])
        for index, assessment, tags, text, *labels in table():
            named = [
                one.slug
                for one, label in zip(TAXONOMY.classes, labels, strict=True)
                if label == "1"
            ]
            rating, topics = assessment.replace(".", ","), tags.strip("{}").replace(",", ";")
            lines.writerow([index, text, rating, topics, ";".join(named)])
    return path


@pytest.mark.parametrize(
    ("delimiter", "encoding", "flags"),
    [
        (";", "utf-16", []),
        ("|", "utf-8-sig", ["--separator=|"]),
        ("\t", "utf-8", ["--separator=tab"]),
    ],
)
def test_all_training_commands_accept_a_plain_file(
    bench: Bench, delimiter: str, encoding: str, flags: list[str]
) -> None:
    known = bench.fit("known", bench.folds)
    plain = write_plain(bench.folder / "plain.csv", delimiter, encoding)
    data, folds = f"--data={plain}", bench.folder / "plain.json"
    out = bench.folder / "plain"

    bench.do("folds", data, f"--out={folds}", "--count=3", *flags)
    bench.do(
        "fit", "linear", data, f"--folds={folds}", f"--out={out}", "--compare-class=12", *flags
    )

    assert read_manifest(out).metrics == read_manifest(known).metrics
    measured = bench.do("evaluate", f"--model={out}", data, "--oof", "--json", *flags)
    assert json.loads(measured)["n"] == len(table())
    bench.do("calibrate", f"--model={out}", data, *flags)
    bench.do("thresholds", f"--model={out}", data, "--trials=1", *flags)
    bench.do("compare", str(out), str(known), data, "--seen", *flags)
    bench.do("augment", data, f"--out={bench.folder / 'more.csv'}", "--ways", "noise", *flags)
    answers = [bench.folder / "known.csv", bench.folder / "plain-answers.csv"]
    bench.do("predict", f"--model={known}", f"--data={bench.data}", f"--out={answers[0]}")
    bench.do("predict", f"--model={out}", data, f"--out={answers[1]}", *flags)
    assert answers[0].read_text() == answers[1].read_text()


def test_a_separator_of_two_characters_is_refused(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bench.do("folds", f"--data={bench.data}", "--out=x.json", "--separator=::")

    assert "--separator: must be one character, or tab" in capsys.readouterr().err
