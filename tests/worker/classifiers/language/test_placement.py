"""Where a model goes on machines of all kinds; their GPUs are values here."""

import gc
import json
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch

from tests.conftest import TinyModel
from tests.worker.classifiers.language.test_tokens import base_of
from tests.worker.tiny import TAXONOMY
from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed
from worker.classifiers.language.memory import (
    WORKSPACE_BYTES,
    Device,
    Gpu,
    Hardware,
    WeightFormat,
)
from worker.classifiers.language.model import load_model
from worker.classifiers.language.network import Network, load_base
from worker.classifiers.language.placement import (
    Placement,
    choose_placement,
    gpu_failures,
    gpu_memory,
    look_at_gpu,
)
from worker.classifiers.language.presets import GB, PRESETS
from worker.classifiers.loading import ModelSource, check_obtainable, recipe_for_gpu

LARGE, SMALL, FULL = (PRESETS[name] for name in ("gemma-2-27b", "gemma-2-9b", "xlm-roberta"))
HOPPER = Gpu(memory=141 * GB, free=140 * GB, has_bf16=True)
TURING = Gpu(memory=16 * GB, free=15 * GB, has_bf16=False)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a folder with 6 GB of 4-bit weights: a hole, it takes no room on the disk."""
    count = 6 * GB
    header = json.dumps(
        {
            "a.weight": {"dtype": "U8", "shape": [count, 1], "data_offsets": [0, count]},
            "a.weight.quant_map": {
                "dtype": "F32",
                "shape": [16],
                "data_offsets": [count, count + 64],
            },
        }
    ).encode()
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + count + 64)
    return tmp_path


@pytest.fixture
def gemma(tiny_model: TinyModel) -> Path:
    return tiny_model("gemma-2-9b")


def placed(
    base: Path,
    gpu: Gpu | None,
    *,
    preset: str = "gemma-2-9b",
    device: Device = "auto",
    weights: WeightFormat = WeightFormat.NF4,
) -> Placement:
    return choose_placement(base, PRESETS[preset], gpu, Hardware(device, weights), packed=True)


def test_4_bit_weights_compute_in_bfloat16(base: Path) -> None:
    assert placed(base, HOPPER) == Placement("cuda:0", torch.bfloat16, dequantised=False)


def test_auto_unpacks_weights_if_memory_allows(base: Path) -> None:
    small = Gpu(memory=24 * GB, free=23 * GB, has_bf16=True)
    assert placed(base, HOPPER, weights=WeightFormat.AUTO).dequantised
    assert not placed(base, small, weights=WeightFormat.AUTO).dequantised


def test_a_gpu_without_bfloat16_serves_9b_in_float16_with_a_warning(
    base: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert placed(base, TURING).compute is torch.float16
    assert [r.message for r in caplog.records] == [
        "this GPU has no bfloat16: gemma-2-9b runs in float16"
    ]


def test_a_gpu_without_bfloat16_is_refused_for_27b(base: Path) -> None:
    with pytest.raises(DoesNotFit, match="gemma-2-27b is published as erratic in float16"):
        placed(base, TURING, preset="gemma-2-27b")


def test_a_full_precision_recipe_runs_in_float32(base: Path) -> None:
    assert placed(base, HOPPER, preset="xlm-roberta").compute is torch.float32


def test_the_error_for_too_little_gpu_memory_shows_both_sizes(base: Path) -> None:
    full = Gpu(memory=24 * GB, free=3 * GB, has_bf16=True)
    with pytest.raises(DoesNotFit, match=r"needs about 8\.5 GB as nf4, the GPU has 3\.0 GB free"):
        placed(base, full)


def test_unpacked_weights_that_do_not_fit_are_refused(base: Path) -> None:
    small = Gpu(memory=24 * GB, free=23 * GB, has_bf16=True)
    with pytest.raises(DoesNotFit, match=r"needs about 26\.5 GB as bf16, the GPU has 23\.0 GB"):
        placed(base, small, weights=WeightFormat.BF16)


def test_the_size_estimate_of_unpacked_weights_is_exact(
    gemma: Path,
) -> None:
    base, made = base_of(gemma), Placement("cpu", torch.bfloat16, dequantised=True)
    body = load_base(base, SMALL, 1, made).model
    held = sum(p.numel() * p.element_size() for p in body.parameters())
    lacking = Gpu(GB, WORKSPACE_BYTES + held - 1, has_bf16=True)
    with pytest.raises(DoesNotFit, match="as bf16"):
        placed(base, lacking, weights=WeightFormat.BF16)
    enough = replace(lacking, free=WORKSPACE_BYTES + held)
    assert placed(base, enough, weights=WeightFormat.BF16).dequantised


def test_a_file_that_is_not_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x08" + b"\0" * 7 + b"not JSON")
    with pytest.raises(BadModel, match="is not a safetensors file"):
        placed(tmp_path, HOPPER, weights=WeightFormat.BF16)


def test_a_large_model_runs_on_the_cpu_only_on_request(base: Path) -> None:
    with pytest.raises(DoesNotFit, match=r"6\.0 GB of weights and no GPU; .*WORKER_DEVICE=cpu"):
        placed(base, None)
    assert placed(base, None, device="cpu") == Placement("cpu", torch.float32)
    assert placed(base, HOPPER, device="cpu").device == "cpu"


def test_requesting_a_missing_gpu_is_refused(base: Path) -> None:
    with pytest.raises(DoesNotFit, match="the device cuda was requested, but PyTorch sees no GPU"):
        placed(base, None, device="cuda")


@dataclass
class Cuda:
    """What PyTorch says of a GPU: `held` are layers, of a gigabyte each, that are on it."""

    free: int = 23 * GB
    bf16: bool = True
    held: list[weakref.ref[torch.nn.Module]] = field(default_factory=list)
    cached: int = 0

    def is_available(self) -> bool:
        return True

    def empty_cache(self) -> None:
        self.cached = sum(layer() is not None for layer in self.held) * GB

    def mem_get_info(self) -> tuple[int, int]:
        return self.free - self.cached, 24 * GB

    def is_bf16_supported(self, *, including_emulation: bool) -> bool:
        return self.bf16 or including_emulation


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Cuda:
    """Put a GPU of 24 GB into this machine."""
    cuda = Cuda()
    for name in ("is_available", "empty_cache", "mem_get_info", "is_bf16_supported"):
        monkeypatch.setattr(f"torch.cuda.{name}", getattr(cuda, name))
    monkeypatch.setattr("worker.classifiers.language.placement.CURRENT", "cpu")
    return cuda


def test_memory_and_bfloat16_support_of_the_gpu_are_read(cuda: Cuda) -> None:
    assert look_at_gpu() == Gpu(24 * GB, 23 * GB, has_bf16=True)


def test_emulated_bfloat16_does_not_count_as_supported(cuda: Cuda) -> None:
    cuda.bf16 = False
    found = look_at_gpu()
    assert found is not None
    assert not found.has_bf16


def test_the_gpu_is_not_queried_if_the_cpu_is_requested(cuda: Cuda) -> None:
    assert look_at_gpu("cpu") is None


def test_a_model_unsuitable_for_the_gpu_is_refused_before_downloading(cuda: Cuda) -> None:
    cuda.bf16 = False
    with pytest.raises(DoesNotFit, match="gemma-2-27b is published as erratic in float16"):
        check_obtainable(LARGE, ModelSource())
    assert check_obtainable(SMALL, ModelSource()) == SMALL.adapter
    assert recipe_for_gpu() is SMALL


def test_a_model_too_large_for_the_gpu_is_refused_before_downloading(cuda: Cuda) -> None:
    cuda.free = 18 * GB
    with pytest.raises(
        DoesNotFit, match=r"gemma-2-27b does not fit into the 18\.0 GB that are free"
    ):
        check_obtainable(LARGE, ModelSource())
    assert recipe_for_gpu() is SMALL
    cuda.free = 4 * GB
    with pytest.raises(DoesNotFit, match=r"the GPU's 24\.0 GB, of which 4\.0 are free, are too"):
        recipe_for_gpu()


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ("torch.ones", torch.AcceleratorError("CUDA error: no kernel image is available\nSearch")),
        ("torch.cuda.mem_get_info", RuntimeError("CUDA error: out of memory\nCompile with")),
        ("torch.ones", torch.cuda.DeferredCudaCallError("CUDA call failed lazily\nat")),
    ],
)
def test_an_unusable_gpu_gives_a_one_line_error(
    cuda: Cuda, monkeypatch: pytest.MonkeyPatch, broken: str, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(broken, fail)
    with pytest.raises(GpuFailed, match="the GPU cannot be used: CUDA") as caught:
        look_at_gpu()
    assert "\n" not in str(caught.value)


def test_memory_of_a_model_loaded_for_import_is_released_before_serving(
    gemma: Path, cuda: Cuda
) -> None:
    gc.collect()
    gc.disable()
    try:
        loaded = load_model(gemma, base_of(gemma), TAXONOMY, Hardware(device="cpu"))
        network = loaded._network
        assert isinstance(network, Network)
        cuda.held = [weakref.ref(m) for m in network._body.modules()]
        cuda.cached = len(cuda.held) * GB
        del loaded, network
        found = look_at_gpu()
    finally:
        gc.enable()
    assert found is not None
    assert found.free == cuda.free


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nSearch"),
        RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`"),
        RuntimeError("CUDA driver error: unspecified launch failure"),
    ],
)
def test_a_cuda_error_raises_gpu_failed_with_one_line(error: RuntimeError) -> None:
    with pytest.raises(GpuFailed, match=r"the GPU failed: CUDA .*; only") as caught, gpu_failures():
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        torch.AcceleratorError("CUDA error: out of memory\nSearch for"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_cuda_out_of_memory_errors_do_not_count_as_gpu_failure(error: RuntimeError) -> None:
    with pytest.raises(torch.OutOfMemoryError), gpu_failures():
        raise error


def test_errors_that_are_not_from_cuda_are_unchanged() -> None:
    with pytest.raises(RuntimeError, match=r"^shapes") as caught, gpu_failures():
        raise RuntimeError("shapes do not match")
    assert not isinstance(caught.value, torch.OutOfMemoryError)


def test_a_process_without_cuda_does_not_query_gpu_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert gpu_memory() == {}
