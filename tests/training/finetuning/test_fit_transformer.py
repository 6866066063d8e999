"""Fits of tiny bases from the command line to the model that a worker loads."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from tests.training.conftest import TinyBase
from tests.training.fits import fit
from tests.worker.classifiers.language.test_model import REVIEWS
from training.__main__ import main
from training.dataset.leaks import TRAINED_ON, trained_on, write_trained_on
from training.dataset.review_files import read_rows
from training.loop.unfinished_fit import draft_path
from training.prediction.probability_file import OOF, read_scored
from triage.manifest import read_manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.loading import load_classifier


@pytest.mark.parametrize("preset", PRESETS)
def test_a_fitted_model_gives_equal_answers_each_time_it_is_loaded(
    preset: str, tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    assert fit(preset, tiny_base(preset), reviews_file, out) == 0

    first = load_classifier(out, load_taxonomy()).classify(REVIEWS)
    second = load_classifier(out, load_taxonomy()).classify(REVIEWS)

    np.testing.assert_array_equal(first, second)
    manifest = read_manifest(out)
    assert (manifest.preset, manifest.prompt) == (preset, PRESETS[preset].prompts[0])
    assert len(manifest.metrics) == 1
    assert 3 <= manifest.metrics[0].n <= 6
    losses = [json.loads(line) for line in (out / "losses.jsonl").read_text().splitlines()]
    assert losses[0]["step"] == 1
    assert losses[0]["loss"] > 0
    assert any("eval_loss" in line for line in losses)


def test_an_adapter_names_its_base_and_holds_a_float_head(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    named = ("--base-id=somebody/gemma", "--base-revision=" + "1" * 40)
    fit("gemma-2-9b", base, reviews_file, tmp_path / "model", *named)

    config = json.loads((tmp_path / "model" / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("somebody/gemma", "1" * 40)
    assert not (tmp_path / "model" / "base").exists()
    for path in (tmp_path / "model").iterdir():
        assert str(base).encode() not in path.read_bytes() or path.name == "fit.json"
    with safe_open(tmp_path / "model" / "adapter_model.safetensors", "numpy") as weights:
        names = set(weights.keys())
        head = weights.get_slice("base_model.model.score.weight")
        assert (head.get_dtype(), head.get_shape()[0]) == ("F32", len(load_taxonomy().ids))
    adapted = {name.split(".")[4] for name in names if "lora" in name}
    assert adapted == {"0", "1", "2"}
    assert not [name for name in names if "o_proj" in name or "mlp" in name]


def test_an_unnamed_base_is_copied_into_the_model_folder(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    fit("mistral-7b", tiny_base("mistral-7b"), reviews_file, tmp_path / "model")

    manifest = read_manifest(tmp_path / "model")
    assert manifest.base is not None
    assert manifest.base.id == f"local/{tiny_base('mistral-7b').name}"
    assert len(manifest.base.revision) == 40
    assert (tmp_path / "model" / "base" / "model.safetensors").exists()


def test_training_reduces_the_loss(tiny_base: TinyBase, reviews_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    more = ("--learning-rate=0.01", "--optimizer=adamw_torch", "--epochs=15", "--validation=0")
    fit("gemma-2-9b", tiny_base("gemma-2-9b"), reviews_file, out, *more)

    losses = [json.loads(line) for line in (out / "losses.jsonl").read_text().splitlines()]
    steps = [line["loss"] for line in losses if "loss" in line]
    assert steps[-1] < steps[0] / 5
    assert read_manifest(out).metrics == ()


def test_equal_seeds_give_equal_fits_and_other_seeds_other_fits(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fit("gemma-2-9b", base, reviews_file, tmp_path / name, f"--seed={seed}", "--validation=0")

    versions = [read_manifest(tmp_path / name).version for name in "abc"]
    assert versions[0] == versions[1] != versions[2]


def test_gradient_checkpointing_does_not_change_the_weights(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    fit("gemma-2-9b", base, reviews_file, tmp_path / "a", "--validation=0")
    more = ("--validation=0", "--gradient-checkpointing")
    fit("gemma-2-9b", base, reviews_file, tmp_path / "b", *more)

    assert read_manifest(tmp_path / "a").version == read_manifest(tmp_path / "b").version


def test_a_fit_saves_its_flags_and_leaves_no_draft(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit("gemma-2-9b", tiny_base("gemma-2-9b"), reviews_file, tmp_path / "model", "--warmup=3")

    warnings = [x for x in capsys.readouterr().err.splitlines() if x.startswith("warning: ")]
    assert len(warnings) == 1
    assert "classes without an example, which the model will never name (47 of 50)" in warnings[0]
    saved = json.loads((tmp_path / "model" / "fit.json").read_text())
    assert saved["command"] == "fit gemma-2-9b"
    assert (saved["warmup"], saved["learning_rate"], saved["batch"]) == (3, 2e-4, 2)
    assert saved["rows"] == 18
    assert saved["adapter"]["alpha"] == 32
    assert (saved["prompt"], saved["compute"]) == ("assessment-v1", "float32")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("rows", "warning"),
    [
        ([("Долго", "0"), ("Дорого", "12"), ("Спасибо", "19")], "only 3 different texts"),
        ([(f"Долго, {n} часов", "0") for n in range(12)], "every review has the class"),
        ([("Долго", "[]")], "error: no review has a class, so there is nothing to learn"),
    ],
    ids=["three rows", "one class", "no class"],
)
def test_little_data_gives_a_model_with_a_warning_or_a_one_line_error(
    rows: list[tuple[str, str]],
    warning: str,
    tiny_base: TinyBase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, out = tmp_path / "mine.csv", tmp_path / "model"
    lines = ["text;rating;classes", *(f'{text};3;"{classes}"' for text, classes in rows)]
    data.write_text("\n".join(lines), encoding="utf-8")

    code = fit("xlm-roberta", tiny_base("xlm-roberta"), data, out, "--validation=0")

    said = capsys.readouterr().err
    assert warning in said
    assert (code, out.exists()) == ((1, False) if warning.startswith("error") else (0, True))
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--layers=0-5",), "--layers: recipe gemma-2-9b would adapt layer 5, the base has 0 to 2"),
        (("--modules=q_proj,q_prof",), "--modules q_prof: the base has no modules of that name"),
        (("--optimizer=adamm",), "--optimizer adamm: transformers has no optimizer"),
        (("--epochs=0",), "--epochs 0: must be at least 1"),
        (("--learning-rate=nan",), "--learning-rate nan: must be a number above zero"),
        (("--base=nowhere",), "--base nowhere: is not a folder"),
        (("--validation=0.9",), "--validation 0.9: must be from 0 to 0.5"),
        (("--name=",), "--name : must have 1 to 40 characters"),
    ],
)
def test_invalid_flags_give_a_one_line_error(
    more: tuple[str, ...],
    what: str,
    tiny_base: TinyBase,
    reviews_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = fit("gemma-2-9b", tiny_base("gemma-2-9b"), reviews_file, tmp_path / "model", *more)

    (error,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error: ")]
    assert code == 1
    assert error.startswith(f"error: {what}")
    assert not (tmp_path / "model").exists()


def test_a_base_of_another_architecture_gives_a_one_line_error(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit("gemma-2-9b", tiny_base("mistral-7b"), reviews_file, tmp_path / "model") == 1
    assert "recipe gemma-2-9b needs a gemma2" in capsys.readouterr().err


def test_an_unfinished_fit_resumes_only_with_equal_flags(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, out = tiny_base("gemma-2-9b"), tmp_path / "model"
    assert fit("gemma-2-9b", base, reviews_file, out, "--layers=9") == 1
    assert fit("gemma-2-9b", base, reviews_file, out) == 1
    assert "holds an unfinished fit with layers 9, not all" in capsys.readouterr().err

    assert fit("gemma-2-9b", base, reviews_file, out, "--restart") == 0


def test_an_unfinished_fit_does_not_resume_with_other_rows(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, out, extra = tiny_base("gemma-2-9b"), tmp_path / "model", tmp_path / "extra.csv"
    lines = reviews_file.read_text(encoding="utf-8").splitlines(keepends=True)
    extra.write_text("".join(lines[:3]), encoding="utf-8")
    # Refused by the network, when the draft is there already.
    assert fit("gemma-2-9b", base, reviews_file, out, f"--extra={extra}", "--layers=9") == 1
    extra.write_text("".join(lines[:4]), encoding="utf-8")

    assert fit("gemma-2-9b", base, reviews_file, out, f"--extra={extra}", "--layers=9") == 1

    assert "holds an unfinished fit with extra_0_sha256" in capsys.readouterr().err


def test_a_leak_is_detected_before_training(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra, base = tmp_path / "extra.csv", tiny_base("gemma-2-9b")
    lines = reviews_file.read_text(encoding="utf-8").splitlines(keepends=True)
    extra.write_text("".join(lines[:3]), encoding="utf-8")
    texts = [row.review.text for row in read_rows(reviews_file, load_taxonomy())]
    write_trained_on(tmp_path / f"extra.csv.{TRAINED_ON}", trained_on(texts))

    assert fit("gemma-2-9b", base, reviews_file, tmp_path / "model", f"--extra={extra}") == 1

    assert "so no metric is reported" in capsys.readouterr().err
    assert not draft_path(tmp_path / "model").exists()


def test_with_folds_each_row_is_scored_by_a_model_not_trained_on_it(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    folds, out = tmp_path / "folds.json", tmp_path / "model"
    divide = ("--count=2", f"--data={reviews_file}", f"--out={folds}")
    assert main(["folds", *divide]) == 0
    base = tiny_base("gemma-2-9b")
    assert fit("gemma-2-9b", base, reviews_file, out, f"--folds={folds}", "--compare-class=19") == 0

    scored = read_scored(out / OOF, load_taxonomy().ids)
    assert scored.fold is not None
    assert sorted(set(scored.fold.tolist())) == [0, 1]
    assert ((scored.probabilities > 0) & (scored.probabilities < 1)).all()
    manifest = read_manifest(out)
    assert [figures.n for figures in manifest.metrics] == [18, 18]
    assert manifest.metrics[0].exact_match_std is not None
    assert "2-fold" in manifest.metrics[0].how

    # The kept model has learnt from all rows, and says so.
    assert main(["evaluate", f"--model={out}", f"--data={reviews_file}"]) == 1
    assert main(["evaluate", f"--model={out}", f"--data={reviews_file}", "--oof"]) == 0


def test_a_single_fold_can_be_held_out_and_measured(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    folds, out = tmp_path / "folds.json", tmp_path / "model"
    main(["folds", "--count=3", f"--data={reviews_file}", f"--out={folds}"])
    base = tiny_base("gemma-2-9b")
    assert fit("gemma-2-9b", base, reviews_file, out, f"--folds={folds}", "--held-out=1") == 0

    first = read_manifest(out).metrics[0]
    assert (first.n, first.how.startswith("fold 1 of 3-fold")) == (6, True)
    held = ("--data", str(reviews_file), "--folds", str(folds), "--fold", "1")
    assert main(["evaluate", f"--model={out}", *held]) == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_prints_its_help(preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fit", preset, "--help"])

    assert left.value.code == 0
    assert "--restart" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        ["fit", "gemma-2-9b", "--data=x", "--out=y"],
        ["import-adapter", "gemma-2-9b", "--out=y"],
    ],
)
def test_the_error_for_missing_libraries_has_the_install_command(command: list[str]) -> None:
    code = f"""
import sys
class Without:
    def find_spec(self, name, path, target=None):
        if name == "torch":
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Without())
from training.__main__ import main
sys.exit(main({command}))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert said.returncode == 1
    assert said.stderr == "error: torch is not installed; pip install '.[training,gpu]'\n"
