"""What is wrong with an adapter is said before gigabytes of its base are read."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import TinyModel
from tests.worker.tiny import CLASSES
from worker.classifiers.errors import BadModel
from worker.classifiers.language.adapter import read_adapter


@pytest.fixture
def folder(tiny_model: TinyModel, tmp_path: Path) -> Path:
    """Return an adapter that the test may spoil."""
    return shutil.copytree(tiny_model("gemma-2-9b") / "adapter", tmp_path / "adapter")


def refusal(folder: Path, classes: int = CLASSES) -> str:
    with pytest.raises(BadModel) as caught:
        read_adapter(folder, classes=classes)
    said = str(caught.value)
    assert "\n" not in said
    assert str(folder) in said
    return said


def rewrite(folder: Path, change: dict[str, torch.Tensor | None]) -> None:
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path) | change
    save_file({n: t for n, t in tensors.items() if t is not None}, path)


HEAD = "base_model.model.score.weight"


def test_a_valid_adapter_gives_its_base_and_head(folder: Path) -> None:
    adapter = read_adapter(folder, classes=CLASSES)
    assert (adapter.base, adapter.head) == ("tiny/base", "score")


def test_a_missing_adapter_is_refused(tmp_path: Path) -> None:
    assert "name a folder that holds an adapter" in refusal(tmp_path / "nowhere")


def test_an_adapter_configuration_that_is_not_json_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_bytes(b"\xff{")
    assert "not UTF-8 JSON" in refusal(folder)


@pytest.mark.parametrize("config", [{"peft_type": "LOHA"}, {}])
def test_another_kind_of_adapter_is_refused(folder: Path, config: dict[str, str]) -> None:
    (folder / "adapter_config.json").write_text(json.dumps(config))
    assert "this worker reads 'LORA'" in refusal(folder)


def test_an_adapter_without_weights_is_refused(folder: Path) -> None:
    (folder / "adapter_model.safetensors").unlink()
    assert "is missing; copy the whole adapter again" in refusal(folder)


def test_pickled_adapter_weights_are_refused_without_loading(folder: Path) -> None:
    (folder / "adapter_model.safetensors").unlink()
    (folder / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    assert "is a pickle, which can run code" in refusal(folder)


def test_a_truncated_weights_file_is_refused(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    assert "copy the whole adapter again" in refusal(folder)


def test_an_adapter_without_a_head_is_refused(folder: Path) -> None:
    rewrite(folder, {HEAD: None})
    assert "holds no classification head" in refusal(folder)


def test_the_error_for_a_head_of_another_size_shows_both_counts(folder: Path) -> None:
    assert "answers 50 classes, this installation has 49" in refusal(folder, classes=49)


def test_a_quantised_head_is_refused(folder: Path) -> None:
    rewrite(folder, {HEAD: torch.zeros(1600, 1, dtype=torch.uint8)})
    assert "its head is stored as U8, not as F32 or F16 or BF16" in refusal(folder)
