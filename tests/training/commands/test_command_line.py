"""The command line as a person uses it: fit, evaluate, and what goes wrong in one line."""

import errno
import json
import os
from pathlib import Path

import pytest

from tests.training.samples import table, write_csv, write_taxonomy
from training.__main__ import main
from training.dataset.leaks import TRAINED_ON
from triage.manifest import read_manifest, write_manifest

SHARED = Path(__file__).parents[4] / "shared" / "data" / "train.csv"
COMMANDS = (
    *(
        "new-taxonomy",
        "folds",
        "evaluate",
        "calibrate",
        "thresholds",
        "predict",
        "distil",
        "import-corrections",
    ),
    *("compare", "promote", "rollback", "blend", "pseudo-label", "augment", "check-against"),
)
DEFAULT_MODEL = Path(__file__).parents[3] / "models" / "default"


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Return the flags of a fit on the small file."""
    data = write_csv(tmp_path / "small.csv")
    taxonomy = write_taxonomy(tmp_path / "taxonomy.json")
    out = tmp_path / "model"
    return [f"--data={data}", f"--taxonomy={taxonomy}", f"--out={out}", "--compare-class=12"]


@pytest.fixture
def folds(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the flag that names three folds of the small file."""
    path = tmp_path / "folds.json"
    assert main(["folds", *flags[:2], f"--out={path}", "--count=3"]) == 0
    capsys.readouterr()
    return f"--folds={path}"


def test_without_compare_class_only_the_default_fallback_is_measured(
    flags: list[str], folds: str, tmp_path: Path
) -> None:
    assert main(["fit", "linear", folds, *flags[:3]]) == 0

    (metrics,) = read_manifest(tmp_path / "model").metrics
    assert metrics.how.endswith("fallback most_probable")


def test_fit_and_evaluate_report_equal_out_of_fold_metrics(
    flags: list[str], folds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "linear", folds, *flags]) == 0
    said = capsys.readouterr().out
    manifest = read_manifest(tmp_path / "model")
    assert f"linear {manifest.version} is in" in said
    assert [figures.n for figures in manifest.metrics] == [24] * 2

    model = f"--model={tmp_path / 'model'}"
    assert main(["evaluate", model, "--oof", *flags[:2], "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert figures["n"] == 24
    assert figures["measured_on"] == "unseen texts"
    assert round(figures["exact_match"], 4) == manifest.metrics[0].exact_match
    assert figures["exact_match_low"] <= figures["exact_match"] <= figures["exact_match_high"]
    assert [one["id"] for one in figures["classes"]] == [0, 7, 12]


def test_metrics_on_training_texts_are_refused_or_marked(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
    capsys.readouterr()
    model = f"--model={tmp_path / 'model'}"

    assert main(["evaluate", model, *flags[:2]]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "was trained on 24 of the 24 texts, so no metric is reported" in said.err

    assert main(["evaluate", model, *flags[:2], "--seen"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("linear ")
    assert first.endswith("TEXTS THAT IT WAS TRAINED ON")
    assert float(rest[0].split()[1]) > 0.9  # it has seen them all


def test_metrics_are_refused_if_only_some_texts_were_trained_on(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
    rows = [("1", "3.0", "", "Совсем другое", "1", "0", "0"), ("2", *table()[0][1:])]
    data = write_csv(tmp_path / "mixed.csv", rows)
    capsys.readouterr()

    assert main(["evaluate", f"--model={tmp_path / 'model'}", f"--data={data}", flags[1]]) == 1
    assert "was trained on 1 of the 2 texts" in capsys.readouterr().err


def test_a_model_without_a_training_text_list_is_not_evaluated(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
    manifest = read_manifest(tmp_path / "model")
    sha256 = {name: one for name, one in manifest.sha256.items() if name != TRAINED_ON}
    write_manifest(tmp_path / "model", manifest.model_copy(update={"sha256": sha256}))
    (tmp_path / "model" / TRAINED_ON).unlink()
    capsys.readouterr()
    model = f"--model={tmp_path / 'model'}"

    assert main(["evaluate", model, *flags[:2]]) == 1
    assert "does not say which texts it was trained on" in capsys.readouterr().err

    assert main(["evaluate", model, *flags[:2], "--seen", "--json"]) == 0
    assert "may have been trained on" in json.loads(capsys.readouterr().out)["measured_on"]


def test_removing_the_training_text_list_is_detected(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
    (tmp_path / "model" / TRAINED_ON).unlink()

    assert main(["evaluate", f"--model={tmp_path / 'model'}", *flags[:2]]) == 1
    assert TRAINED_ON in capsys.readouterr().err


def test_a_held_out_fold_is_evaluated_as_unseen_texts(
    flags: list[str], folds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", folds, "--held-out=1", *flags])
    capsys.readouterr()
    evaluate = ["evaluate", f"--model={tmp_path / 'model'}", *flags[:2], folds]

    assert main([*evaluate, "--fold=1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured_on"] == "unseen texts"
    assert main([*evaluate, "--fold=0"]) == 1
    assert "was trained on" in capsys.readouterr().err


def test_folds_that_split_identical_texts_are_refused_without_seen(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = [(str(int(row[0]) + 1000), *row[1:]) for row in table()]
    write_csv(tmp_path / "small.csv", [*table(), *twice])
    path = tmp_path / "apart.json"
    main(["folds", *flags[:2], f"--out={path}", "--count=3", "--apart"])

    assert main(["fit", "linear", f"--folds={path}", *flags]) == 1
    assert "so no metric is reported" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()

    assert main(["fit", "linear", f"--folds={path}", *flags, "--seen"]) == 0
    metrics = read_manifest(tmp_path / "model").metrics
    assert all("TEXTS THAT IT WAS TRAINED ON" in figures.how for figures in metrics)

    capsys.readouterr()
    one_fold = ["evaluate", f"--model={tmp_path / 'model'}", *flags[:2], "--oof", "--fold=0"]
    assert main([*one_fold, f"--folds={path}"]) == 1
    assert "so no metric is reported" in capsys.readouterr().err


def test_folds_of_other_data_are_refused(
    flags: list[str], folds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(tmp_path / "small.csv", table()[:-1])

    assert main(["fit", "linear", folds, *flags]) == 1
    assert "was made for other data" in capsys.readouterr().err


def test_the_report_is_a_self_contained_page(flags: list[str], folds: str, tmp_path: Path) -> None:
    main(["fit", "linear", folds, *flags])
    page, out = tmp_path / "report.html", tmp_path / "report.json"
    model = f"--model={tmp_path / 'model'}"

    assert main(["evaluate", model, "--oof", *flags[:2], f"--report={page}", f"--out={out}"]) == 0

    written = page.read_text(encoding="utf-8")
    assert written.count("data:image/png;base64,") == 3
    assert "http" not in written
    assert json.loads(out.read_text())["n"] == 24
    assert json.loads((tmp_path / "report.html.flags.json").read_text())["oof"] is True


def test_fit_saves_its_flags_and_a_card_with_the_metrics(
    flags: list[str], folds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", folds, "--strength=2", *flags])
    saved = json.loads((tmp_path / "model" / "fit.json").read_text())
    card = (tmp_path / "model" / "README.md").read_text()
    manifest = read_manifest(tmp_path / "model")

    assert saved["strength"] == 2
    assert saved["held_out"] is None
    assert saved["rows"] == 24
    assert json.dumps(saved, indent=2, ensure_ascii=False) in capsys.readouterr().out
    for figures in manifest.metrics:
        assert figures.how in card
        assert f"{figures.exact_match:.3f}" in card


def test_without_folds_no_metrics_are_stated(flags: list[str], tmp_path: Path) -> None:
    main(["fit", "linear", *flags])

    assert read_manifest(tmp_path / "model").metrics == ()
    assert "It was not measured." in (tmp_path / "model" / "README.md").read_text()


def test_invalid_data_gives_a_one_line_error_and_keeps_the_old_model(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
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
        ("--held-out=3", "fold 3: the file has folds 0 to 2"),
        ("--strength=nan", "--strength nan: must be a number above zero"),
        ("--name=", "--name : must have 1 to 40 characters"),
        ("--name=a\nb", "--name 'a\\nb': must be one line without spaces at its ends"),
        ("--name= a", "--name ' a': must be one line without spaces at its ends"),
        ("--strength=0", "--strength 0.0: must be a number above zero"),
        ("--strength=1e300", "--strength 1e+300: must be at most 1e+06"),
    ],
)
def test_invalid_flags_give_a_one_line_error(
    flags: list[str],
    folds: str,
    flag: str,
    what: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fit", "linear", folds, *flags, flag]) == 1

    assert capsys.readouterr().err == f"error: {what}\n"
    assert not (tmp_path / "model").exists()


def test_a_disk_error_gives_a_one_line_error(
    flags: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "model/weights")

    monkeypatch.setattr(Path, "write_bytes", full)

    assert main(["fit", "linear", *flags]) == 1

    assert capsys.readouterr().err == "error: model/weights: No space left on device\n"


def test_a_model_of_other_classes_is_refused(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fit", "linear", *flags])
    capsys.readouterr()

    assert main(["evaluate", f"--model={tmp_path / 'model'}", flags[0]]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert "taxonomy digest" in line


@pytest.mark.parametrize(
    "command", [[], ["fit"], ["fit", "linear"], *([name] for name in COMMANDS)]
)
def test_every_command_prints_its_help(
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

    evaluate = ["evaluate", f"--model={DEFAULT_MODEL}", f"--data={SHARED}", "--json"]
    assert main(evaluate) == 1  # it was fitted on them
    assert "3954 of the 3954 texts" in capsys.readouterr().err

    assert main([*evaluate, "--seen"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 3954
    assert figures["measured_on"] == "TEXTS THAT IT WAS TRAINED ON"
    assert figures["exact_match"] > 0.8  # this shows that it serves, and no more
