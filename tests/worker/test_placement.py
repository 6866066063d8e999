"""Where a model goes on machines of all kinds; their GPUs are values here."""

from pathlib import Path

import pytest
import torch

from worker.errors import DoesNotFit
from worker.memory import Device, Weights
from worker.placement import Gpu, Placement, place
from worker.presets import GB, PRESETS

LARGE, SMALL, FULL = (PRESETS[name] for name in ("gemma-2-27b", "gemma-2-9b", "xlm-roberta"))
HOPPER = Gpu(memory=141 * GB, free=140 * GB, has_bf16=True)
TURING = Gpu(memory=16 * GB, free=15 * GB, has_bf16=False)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a folder with 6 GB of weights: a hole, it takes no room on the disk."""
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(6 * GB)
    return tmp_path


def placed(
    base: Path,
    gpu: Gpu | None,
    *,
    preset: str = "gemma-2-9b",
    device: Device = "auto",
    weights: Weights = Weights.NF4,
) -> Placement:
    return place(base, PRESETS[preset], gpu, packed=True, device=device, weights=weights)


def test_4_bit_weights_compute_in_bfloat16(base: Path) -> None:
    assert placed(base, HOPPER) == Placement("cuda:0", torch.bfloat16, dequantised=False)


def test_auto_unpacks_where_there_is_room(base: Path) -> None:
    small = Gpu(memory=24 * GB, free=23 * GB, has_bf16=True)
    assert placed(base, HOPPER, weights=Weights.AUTO).dequantised
    assert not placed(base, small, weights=Weights.AUTO).dequantised


def test_a_card_without_bfloat16_serves_9b_in_float16_with_a_warning(
    base: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert placed(base, TURING).compute is torch.float16
    assert [r.message for r in caplog.records] == [
        "this GPU has no bfloat16: gemma-2-9b runs in float16"
    ]


def test_a_card_without_bfloat16_is_refused_for_27b(base: Path) -> None:
    with pytest.raises(DoesNotFit, match="gemma-2-27b answers erratically in float16"):
        placed(base, TURING, preset="gemma-2-27b")


def test_a_recipe_in_full_precision_keeps_it(base: Path) -> None:
    assert placed(base, HOPPER, preset="xlm-roberta").compute is torch.float32


def test_too_little_memory_is_said_with_both_sizes(base: Path) -> None:
    full = Gpu(memory=24 * GB, free=3 * GB, has_bf16=True)
    with pytest.raises(DoesNotFit, match=r"needs about 8\.5 GB as nf4, the GPU has 3\.0 GB free"):
        placed(base, full)


def test_weights_that_are_asked_for_unpacked_and_do_not_fit_are_refused(base: Path) -> None:
    small = Gpu(memory=16 * GB, free=15 * GB, has_bf16=True)
    with pytest.raises(DoesNotFit, match="as bf16"):
        placed(base, small, weights=Weights.BF16)


def test_a_large_model_goes_to_the_cpu_only_where_it_is_told_to(base: Path) -> None:
    with pytest.raises(DoesNotFit, match=r"6\.0 GB of weights and no GPU; .*WORKER_DEVICE=cpu"):
        placed(base, None)
    assert placed(base, None, device="cpu") == Placement("cpu", torch.float32)
    assert placed(base, HOPPER, device="cpu").device == "cpu"


def test_a_gpu_that_is_asked_for_and_not_there_is_said(base: Path) -> None:
    with pytest.raises(DoesNotFit, match="cuda is asked for, but this machine shows no GPU"):
        placed(base, None, device="cuda")
