"""How the model of a recipe gets into its folder; the hub is not asked here."""

from pathlib import Path

import pytest

from tests.worker.folders import write_model
from tests.worker.samples import TAXONOMY
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers import loading
from worker.classifiers.errors import NoEncoder, NotFetched
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.presets import PRESETS, Preset
from worker.classifiers.loading import (
    DEFAULT_MODEL,
    ModelSource,
    load_default,
    load_preset,
    load_preset_or_folder,
)
from worker.classifiers.protocol import Classifier

GEMMA = PRESETS["gemma-2-9b"]


def test_an_unwritable_model_folder_is_reported_before_downloading(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotFetched, match=r"cannot be written \(File exists\).*WORKER_MODELS"):
        load_preset(GEMMA, TAXONOMY, ModelSource(Hardware("cpu"), tmp_path / "file"))


def test_a_model_created_by_another_worker_in_the_meantime_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "of this worker"
    made.mkdir()

    def make(
        folder: Path, adapter_id: str, preset: Preset, taxonomy: Taxonomy, source: ModelSource
    ) -> Classifier:
        write_model(folder)
        made.rename(folder)
        raise AssertionError("the folder of the other worker was replaced")

    monkeypatch.setattr(loading, "_download_and_import", make)
    found = load_preset(GEMMA, TAXONOMY, ModelSource(Hardware("cpu"), tmp_path))
    assert found.manifest.name == "one-class"


def test_without_the_encoder_package_the_ngram_model_is_served_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load = loading.load_classifier

    def without_encoder(folder: Path, taxonomy: Taxonomy) -> Classifier:
        if folder == DEFAULT_MODEL:
            raise NoEncoder("the encoder is not installed")
        return load(folder, taxonomy)

    monkeypatch.setattr(loading, "load_classifier", without_encoder)
    taxonomy = load_taxonomy()
    by_default = load_default(taxonomy)
    by_name = load_preset_or_folder("models/default", taxonomy, ModelSource())

    assert by_default.manifest.name == by_name.manifest.name == "linear"
    assert (
        caplog.messages
        == ["the n-gram model serves, which is less accurate: the encoder is not installed"] * 2
    )


def test_the_default_model_is_the_encoder_with_n_grams_if_installed() -> None:
    taxonomy = load_taxonomy()
    by_default = load_default(taxonomy).manifest
    assert by_default.kind == "cpu"
    assert load_preset_or_folder("models/default", taxonomy, ModelSource()).manifest == by_default
