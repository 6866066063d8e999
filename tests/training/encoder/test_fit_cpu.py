"""The command `fit cpu`, on a few invented reviews."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.training.samples import DEAR, SLOW, TAXONOMY, THANKS, write_csv, write_taxonomy
from training.__main__ import main
from training.encoder import fine_tuning
from training.encoder.cpu_model import SEEDS_BETWEEN
from training.encoder.makeup import MAKEUPS
from training.loop.unfinished_fit import draft_path
from training.prediction.decisions import decisions
from triage.cascade import Confidence
from triage.manifest import read_manifest
from triage.review import ReviewInput
from worker.classifiers.encoder.blended_model import ENCODER_WEIGHTS, KIND
from worker.classifiers.familiarity import KNOWN_RUNS
from worker.classifiers.linear import WEIGHTS
from worker.classifiers.loading import load_classifier

REVIEWS = (
    ReviewInput(3, ("DELIVERY",), SLOW[0]),
    ReviewInput(0, (), ""),
    ReviewInput(6, (), "q"),
    ReviewInput(6, (), "ы" * 10_000),
    ReviewInput(6, (), "Дорого дорого mixed скрипты 配達 👎"),
)


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    data = write_csv(tmp_path / "train.csv")
    taxonomy = write_taxonomy(tmp_path / "taxonomy.json")
    common = ["--data", str(data), "--taxonomy", str(taxonomy)]
    made = ["--epochs", "2", "--runs", "1", "--makeup", "tuned-ngrams"]
    return ["fit", "cpu", *common, *made, "--compare-class", "0"]


def test_a_fitted_cpu_model_answers_any_review(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "model"
    assert main([*arguments, "--out", str(out)]) == 0

    classifier = load_classifier(out, TAXONOMY)
    assert classifier.manifest.kind == KIND
    found = classifier.classify(REVIEWS)
    assert found.shape == (len(REVIEWS), len(TAXONOMY.ids))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert not draft_path(out).exists()
    for name in (WEIGHTS, ENCODER_WEIGHTS, KNOWN_RUNS):
        assert (out / name).stat().st_size <= 8_000_000


def test_with_few_labels_the_makeup_is_chosen_by_cross_validation(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    assert main([*arguments, "--makeup", "auto", "--epochs", "1", "--out", str(out)]) == 0

    printed = capsys.readouterr().out
    scores = {name: float(printed.split(f" by {name}\n")[0].split()[-1]) for name in MAKEUPS}
    made = printed.split("made of: ")[1].split()[0]
    assert scores[made] == max(scores.values())
    assert np.isfinite(load_classifier(out, TAXONOMY).classify(REVIEWS)).all()


def test_two_fits_give_the_same_bytes(arguments: list[str], tmp_path: Path) -> None:
    for name in ("one", "other"):
        assert main([*arguments, "--out", str(tmp_path / name)]) == 0
    one, other = (read_manifest(tmp_path / name) for name in ("one", "other"))
    assert one.sha256 == other.sha256
    assert one.version == other.version


def test_another_seed_gives_other_weights(arguments: list[str], tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert main([*arguments, "--seed", seed, "--out", str(tmp_path / seed)]) == 0
    one, other = (read_manifest(tmp_path / seed).sha256 for seed in ("1", "2"))
    assert one[ENCODER_WEIGHTS] != other[ENCODER_WEIGHTS]
    assert one[WEIGHTS] == other[WEIGHTS]


def test_an_interrupted_fit_resumes_to_the_same_bytes(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [*arguments, "--runs", "2"]
    assert main([*arguments, "--out", str(tmp_path / "whole")]) == 0

    epoch = fine_tuning._epoch
    epochs = iter(range(4))

    def interrupted(*given: object) -> None:
        if next(epochs) == 3:  # the second epoch of the second run
            raise KeyboardInterrupt
        epoch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(fine_tuning, "_epoch", interrupted)
    assert main([*arguments, "--out", str(tmp_path / "resumed")]) == 130
    assert capsys.readouterr().err.endswith("interrupted; repeat the command to resume\n")
    monkeypatch.setattr(fine_tuning, "_epoch", epoch)
    assert main([*arguments, "--out", str(tmp_path / "resumed")]) == 0

    whole, resumed = (read_manifest(tmp_path / name).sha256 for name in ("whole", "resumed"))
    assert whole == resumed


def test_an_interrupted_fit_does_not_resume_with_an_edited_taxonomy(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def fit(example: str) -> int:
        content["classes"][0]["examples"] = [example]
        taxonomy.write_text(json.dumps(content), encoding="utf-8")
        return main([*arguments, "--out", str(tmp_path / "model")])

    taxonomy = tmp_path / "taxonomy.json"
    content = json.loads(taxonomy.read_text(encoding="utf-8"))
    monkeypatch.setattr(fine_tuning, "_epoch", interrupted)

    assert (fit("Опять опоздали"), fit("Дольше часа")) == (130, 1)

    assert "holds an unfinished fit with taxonomy_sha256" in capsys.readouterr().err


def test_the_weights_of_several_runs_are_averaged(arguments: list[str], tmp_path: Path) -> None:
    fits = {"both": ["--runs", "2"], "first": [], "second": ["--seed", str(42 + SEEDS_BETWEEN)]}
    for name, flags in fits.items():
        assert main([*arguments, *flags, "--out", str(tmp_path / name)]) == 0
    both, first, second = (load_file(tmp_path / name / ENCODER_WEIGHTS) for name in fits)
    mean = (first["query"].astype(np.float32) + second["query"].astype(np.float32)) / 2
    rounding = np.abs(mean).max() * 1e-3  # of float16
    assert (
        np.abs(both["query"] - mean).max()
        <= rounding
        < np.abs(both["query"] - first["query"]).max()
    )


def test_with_folds_the_fit_stores_metrics_and_out_of_fold_answers(
    arguments: list[str], tmp_path: Path
) -> None:
    folds = tmp_path / "folds.json"
    assert main(["folds", *arguments[2:6], "--count", "2", "--out", str(folds)]) == 0
    out = tmp_path / "model"
    assert main([*arguments, "--folds", str(folds), "--out", str(out)]) == 0

    assert len(read_manifest(out).metrics) == 2
    assert (out / "oof.npz").exists()
    assert json.loads((out / "fit.json").read_text())["command"] == "fit cpu"


def test_a_model_from_class_texts_only_passes_every_review_to_a_person(tmp_path: Path) -> None:
    taxonomy = write_taxonomy(tmp_path / "taxonomy.json")
    out = tmp_path / "model"
    assert main(["fit", "from-taxonomy", "--taxonomy", str(taxonomy), "--out", str(out)]) == 0

    classifier = load_classifier(out, TAXONOMY)
    found = classifier.classify([*REVIEWS, ReviewInput(6, (), "Thanks a lot")])
    assert (found < 0.2).all()
    assert found[-1].argmax() == TAXONOMY.ids.index(12)


def test_a_class_with_five_examples_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "taxonomy.json", tmp_path / "model"
    content = json.loads(TAXONOMY.model_dump_json())
    for one, texts in zip(content["classes"], (SLOW[:5], DEAR[:4], THANKS[:5]), strict=True):
        one["examples"] = texts
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["fit", "from-taxonomy", "--taxonomy", str(path), "--out", str(out)]) == 0
    assert "it answers 2 of 3 classes" in capsys.readouterr().out

    classifier = load_classifier(out, TAXONOMY)
    manifest = classifier.manifest
    assert manifest.support == (5, 4, 5)
    reviews = [ReviewInput(None, (), text) for text in (SLOW[5], DEAR[4], THANKS[5])]
    found = classifier.classify([*reviews, *REVIEWS])
    assert np.isfinite(found).all()
    slow, dear, thanks, *_ = decisions(found, manifest.labels, manifest.rule)
    assert (slow.classes, thanks.classes) == ((0,), (12,))
    assert Confidence.PERSON not in (slow.confidence, thanks.confidence)
    assert (dear.classes, dear.confidence) == ((7,), Confidence.PERSON)
    unread = classifier.classify(
        [ReviewInput(None, (), text) for text in ("Тапсырысты екі сағат күттік", "🤮🤮", "👍👍👍")]
    )
    found_by = {one.confidence for one in decisions(unread, manifest.labels, manifest.rule)}
    assert found_by == {Confidence.PERSON}
    assert "| 5 | 2: 0, 12 |" in (out / "README.md").read_text(encoding="utf-8")


def test_a_fit_on_three_rows_of_one_class_warns_and_writes_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, taxonomy = tmp_path / "mine.csv", write_taxonomy(tmp_path / "taxonomy.json")
    data.write_text("text;rating;classes\na;3;0\nb;3;0\nc;3;0\n", encoding="utf-8")
    out = tmp_path / "model"

    fit = [
        "fit",
        "cpu",
        f"--data={data}",
        f"--taxonomy={taxonomy}",
        f"--out={out}",
        "--epochs=1",
        "--runs=1",
    ]
    assert main(fit) == 0

    warnings = [line for line in capsys.readouterr().err.splitlines() if "warning: " in line]
    assert len(warnings) == 3, "classes without an example, a single class, few texts"
    assert load_classifier(out, TAXONOMY).classify(REVIEWS).shape == (len(REVIEWS), 3)
