"""The command line as a person uses it: fit, evaluate, and what goes wrong in one line."""

import json
from pathlib import Path

import pytest

from tests.training.samples import table, write_csv, write_taxonomy
from training.__main__ import main
from triage.manifest import read_manifest

SHARED = Path(__file__).parents[3] / "shared" / "data" / "train.csv"
DEFAULT_MODEL = Path(__file__).parents[2] / "models" / "default"


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Return the flags of a fit on the small file."""
    data = write_csv(tmp_path / "small.csv")
    taxonomy = write_taxonomy(tmp_path / "taxonomy.json")
    out = tmp_path / "model"
    return [f"--data={data}", f"--taxonomy={taxonomy}", f"--out={out}", "--compare-class=12"]


def test_fit_writes_a_model_that_evaluate_measures(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "linear", "--folds=3", *flags]) == 0
    said = capsys.readouterr().out
    manifest = read_manifest(tmp_path / "model")
    assert f"linear {manifest.version} is in" in said
    assert [figures.n for figures in manifest.metrics] == [24] * 4

    model = f"--model={tmp_path / 'model'}"
    assert main(["evaluate", model, flags[0], flags[1], "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert set(figures) == {"exact_match", "micro_f1", "macro_f1", "n"}
    assert figures["n"] == 24
    assert figures["exact_match"] > 0.9  # it has seen them all


def test_evaluate_says_in_words_what_it_measured(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", "--folds=0", *flags])
    capsys.readouterr()

    main(["evaluate", f"--model={tmp_path / 'model'}", flags[0], flags[1]])

    first, *figures = capsys.readouterr().out.splitlines()
    assert first.startswith("linear ")
    assert [line.split()[0] for line in figures] == ["exact_match", "micro_f1", "macro_f1", "n"]


def test_fit_saves_what_it_was_told_and_a_card_with_the_figures(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", "--folds=3", "--strength=2", *flags])
    saved = json.loads((tmp_path / "model" / "fit.json").read_text())
    card = (tmp_path / "model" / "README.md").read_text()
    manifest = read_manifest(tmp_path / "model")

    assert saved["strength"] == 2
    assert saved["seed"] == 42
    assert saved["rows"] == 24
    assert json.dumps(saved, indent=2, ensure_ascii=False) in capsys.readouterr().out
    for figures in manifest.metrics:
        assert figures.how in card
        assert f"{figures.exact_match:.3f}" in card


def test_without_folds_nothing_is_claimed(flags: list[str], tmp_path: Path) -> None:
    main(["fit", "linear", "--folds=0", *flags])

    assert read_manifest(tmp_path / "model").metrics == ()
    assert "It was not measured." in (tmp_path / "model" / "README.md").read_text()


def test_bad_data_is_one_line_and_the_old_model_stays(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", "--folds=0", *flags])
    before = {path: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    capsys.readouterr()
    broken = [*table(), ("1", "3.0", "", "Долго", "1", "0", "maybe")]
    write_csv(tmp_path / "small.csv", broken)

    code = main(["fit", "linear", *flags])

    (line,) = capsys.readouterr().err.splitlines()
    assert code == 1
    assert line.startswith("error: ")
    assert line.endswith("row 26, column trend_id_res12: 'maybe' is neither 0 nor 1")
    assert {path: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before


@pytest.mark.parametrize(
    ("flag", "what"),
    [
        ("--compare-class=3", "--compare-class 3: the taxonomy has no such class"),
        ("--folds=1", "--folds 1: 24 different texts allow 2 to 24"),
        ("--strength=nan", "--strength nan: must be a number above zero"),
        ("--name=", "--name : must have 1 to 40 characters"),
        ("--strength=0", "--strength 0.0: must be a number above zero"),
    ],
)
def test_flags_that_cannot_be_are_one_line(
    flags: list[str], flag: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "linear", *flags, flag]) == 1

    assert capsys.readouterr().err == f"error: {what}\n"
    assert not (tmp_path / "model").exists()


def test_a_model_of_other_classes_is_refused(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", "--folds=0", *flags])
    capsys.readouterr()

    assert main(["evaluate", f"--model={tmp_path / 'model'}", flags[0]]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert "taxonomy digest" in line


@pytest.mark.parametrize("command", [[], ["fit"], ["fit", "linear"], ["evaluate"]])
def test_every_command_explains_itself(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])

    assert left.value.code == 0
    assert "usage: python -m training" in capsys.readouterr().out


@pytest.mark.shared
def test_the_shipped_model_is_measured_on_real_reviews(capsys: pytest.CaptureFixture[str]) -> None:
    if not SHARED.exists():
        pytest.skip(f"NO REVIEWS: {SHARED} is needed to measure the shipped model")

    assert main(["evaluate", f"--model={DEFAULT_MODEL}", f"--data={SHARED}", "--json"]) == 0

    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 3954
    assert figures["exact_match"] > 0.8  # it was fitted on them: this shows that it serves
