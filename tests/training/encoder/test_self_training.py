"""`fit cpu --unlabelled`: a second fit learns from the first one's answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import DEAR, SLOW, TAXONOMY, THANKS, write_csv, write_taxonomy
from training.__main__ import main
from training.dataset.leaks import TRAINED_ON, read_trained_on, text_digest
from training.dataset.review_files import Row, Unlabelled
from training.encoder import fine_tuning
from training.encoder.cpu_fit import CpuTrainingRows
from training.encoder.cpu_model import mean_of_weights
from training.encoder.self_training import student_recipe
from triage.manifest import read_manifest
from triage.review import ReviewInput
from worker.classifiers.encoder.blended_model import ENCODER_WEIGHTS
from worker.classifiers.linear import WEIGHTS
from worker.classifiers.loading import load_classifier

UNLABELLED = tuple(f"Опять {text}!" for text in (*SLOW, *DEAR, *THANKS))
HEADER = ("text", "rating", "topics")


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    data = write_csv(tmp_path / "train.csv")
    taxonomy = write_taxonomy(tmp_path / "taxonomy.json")
    more = tmp_path / "more.jsonl"
    lines = [json.dumps({"text": text, "rating": 1.0, "topics": ""}) for text in UNLABELLED]
    more.write_text("\n".join(lines), encoding="utf-8")
    common = ["--data", str(data), "--taxonomy", str(taxonomy), "--unlabelled", str(more)]
    made = ["--epochs", "2", "--runs", "1", "--makeup", "tuned-ngrams"]
    return ["fit", "cpu", *common, *made]


def labelled() -> list[Row]:
    texts = [(0, SLOW), (7, DEAR), (12, THANKS)]
    pairs = [(class_id, text) for class_id, some in texts for text in some]
    return [Row(n, ReviewInput(3, (), text), (one,)) for n, (one, text) in enumerate(pairs)]


def test_only_the_encoder_learns_from_unlabelled_reviews(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "taught")]) == 0
    assert f"self-training on {len(UNLABELLED)} unlabelled reviews" in capsys.readouterr().out
    place = arguments.index("--unlabelled")
    assert main([*arguments[:place], *arguments[place + 2 :], "--out", str(tmp_path / "not")]) == 0

    taught, untaught = (read_manifest(tmp_path / name).sha256 for name in ("taught", "not"))
    assert taught[WEIGHTS] == untaught[WEIGHTS]
    assert taught[ENCODER_WEIGHTS] != untaught[ENCODER_WEIGHTS]
    found = load_classifier(tmp_path / "taught", TAXONOMY).classify(
        [row.review for row in labelled()]
    )
    assert np.isfinite(found).all()


def test_the_weights_are_the_mean_of_both_fits_as_they_are_stored() -> None:
    first = {"value": np.array([1, 2], np.float16), "bias": np.array([0.25], np.float32)}
    second = {"value": np.array([3, 2], np.float16), "bias": np.array([0.5], np.float32)}

    found = mean_of_weights([first, second])
    assert found["value"].dtype == np.float16
    assert found["value"].tolist() == [2, 2]
    assert found["bias"].dtype == np.float32
    assert found["bias"].tolist() == [0.375]


def test_the_model_counts_as_trained_on_the_unlabelled_texts(
    arguments: list[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "model")]) == 0

    trained = read_trained_on(tmp_path / "model" / TRAINED_ON)
    assert trained is not None
    assert {text_digest(text) for text in UNLABELLED} <= trained.keys
    fit = json.loads((tmp_path / "model" / "fit.json").read_text())
    assert fit["unlabelled_reviews"] == len(UNLABELLED)
    assert len(fit["unlabelled_sha256"]) == 64


def test_an_interrupted_second_fit_resumes_to_the_same_bytes(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "whole")]) == 0
    epoch = fine_tuning._epoch
    epochs = iter(range(3))

    def interrupted(*given: object) -> None:
        if next(epochs) == 2:  # the epoch of the second fit
            raise KeyboardInterrupt
        epoch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(fine_tuning, "_epoch", interrupted)
    assert main([*arguments, "--out", str(tmp_path / "resumed")]) == 130
    monkeypatch.setattr(fine_tuning, "_epoch", epoch)
    assert main([*arguments, "--out", str(tmp_path / "resumed")]) == 0

    whole, resumed = (read_manifest(tmp_path / name).sha256 for name in ("whole", "resumed"))
    assert whole == resumed


def test_a_file_without_texts_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more.jsonl").write_text('{"text": " ", "rating": 1, "topics": ""}\n')
    assert main([*arguments, "--out", str(tmp_path / "model")]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("more.jsonl: holds no review with a text that is not held out")


def test_no_unlabelled_review_like_a_measured_row_is_learnt() -> None:
    rows = labelled()
    measured, others = rows[:2], rows[2:]
    loud = Unlabelled(0, ReviewInput(1, (), rows[0].review.text.upper() + "!"))
    made = Unlabelled(1, ReviewInput(1, (), "noisy copy"), text_digest(rows[1].review.text))
    other = Unlabelled(2, ReviewInput(1, (), UNLABELLED[0]))
    found = CpuTrainingRows(rows, (), (loud, made, other)).apart_from(measured)

    assert list(found.labelled) == others
    assert list(found.unlabelled) == [other]


def test_the_second_fit_has_half_of_the_epochs_and_at_least_one() -> None:
    assert [
        student_recipe(fine_tuning.EncoderRecipe(epochs=epochs)).epochs for epochs in (0, 1, 6)
    ] == [1, 1, 3]
