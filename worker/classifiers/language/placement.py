"""
Chooses the device and the types of a network by the GPU's free memory and the model's needs.
"""

import gc
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed
from worker.classifiers.language.memory import (
    Device,
    Gpu,
    Hardware,
    WeightFormat,
    fastest_that_fits,
    needed_bytes,
    unpacked_bytes,
)
from worker.classifiers.language.presets import GB, Preset

logger = logging.getLogger(__name__)

# A larger model takes seconds a review on a CPU, so the operator must ask for it.
CPU_BYTES = 3 * GB

# The current GPU of a process: the first, or in training each process its own.
CURRENT = "cuda"

# CUDA's messages if it runs out of memory that PyTorch does not count: the memory of libraries and
# kernels, which are loaded at their first use.
OUT_OF_MEMORY = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


@dataclass(frozen=True, slots=True)
class Placement:
    """
    The device of a network and its types: `compute` is that of all arithmetic except the head's.

    If `dequantised`, the 4-bit weights are unpacked to `compute` once: four times the memory, but
    no unpacking in each pass.
    """

    device: str
    compute: torch.dtype
    dequantised: bool = False


def look_at_gpu(device: Device = "auto") -> Gpu | None:
    """
    Return the GPU of this process, None if there is none or if the CPU is asked for.

    Memory that this process no longer uses counts as free. Raises GpuFailed for a GPU that cannot
    be used.
    """
    if device == "cpu" or not torch.cuda.is_available():
        return None
    # 4-bit layers and their weights refer to each other, so only this frees an unused model.
    gc.collect()
    try:
        # Only a computation shows whether this PyTorch has code for the GPU's generation.
        torch.ones(1, device=CURRENT).add_(1).item()
        torch.cuda.empty_cache()
        free, memory = torch.cuda.mem_get_info()
        return Gpu(memory, free, torch.cuda.is_bf16_supported(including_emulation=False))
    except (RuntimeError, torch.cuda.DeferredCudaCallError) as e:
        raise GpuFailed(
            f"the GPU cannot be used: {first_line(e)}; stop other programs on it, or use the CPU "
            "(WORKER_DEVICE=cpu, or --device cpu)"
        ) from e


def cuda_version() -> str | None:
    """Return the version of CUDA that this PyTorch is built for, None if for the CPU alone."""
    version: str | None = torch.version.cuda
    return version


@contextmanager
def gpu_failures() -> Iterator[None]:
    """Raise GpuFailed for CUDA errors within the block, OutOfMemoryError if memory ran out."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as e:
        text = first_line(e)
        if not (isinstance(e, torch.AcceleratorError) or text.startswith("CUDA ")):
            raise
        if any(words in text for words in OUT_OF_MEMORY):
            raise torch.OutOfMemoryError(text) from None
        raise GpuFailed(
            f"the GPU failed: {text}; only a new process can use it again, and if that fails too, "
            "the kernel's log says more (dmesg, Xid)"
        ) from e


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def gpu_memory() -> dict[str, dict[str, int]]:
    """
    Return, for each GPU, bytes by kind: "used", "reserved" and "total".

    Empty for a process that has used no GPU: the query itself would allocate memory.
    """
    if not torch.cuda.is_initialized():
        return {}
    return {
        str(device): {
            "used": torch.cuda.memory_allocated(device),
            "reserved": torch.cuda.memory_reserved(device),
            "total": torch.cuda.get_device_properties(device).total_memory,
        }
        for device in range(torch.cuda.device_count())
    }


def choose_placement(
    base: Path, preset: Preset, gpu: Gpu | None, hardware: Hardware, *, packed: bool
) -> Placement:
    """
    Return the placement of the base in a folder; `packed` is whether its files are 4-bit already.

    Raises DoesNotFit if there is no GPU for it, or too little memory, or only float16 for a
    model that is erratic in it.
    """
    files = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    device, chosen = hardware.device, hardware.weights
    if device == "cpu" or (device == "auto" and gpu is None):
        return _on_cpu(base, files, hardware)
    if gpu is None:
        raise DoesNotFit("the device cuda was requested, but PyTorch sees no GPU")

    def needs(form: WeightFormat) -> int:
        size = unpacked_bytes(_tensors(base)) if packed and form is WeightFormat.BF16 else files
        return needed_bytes(size, quantises=preset.quantised, packed=packed, weights=form)

    if chosen is WeightFormat.AUTO:
        chosen = fastest_that_fits(gpu.free, needs(WeightFormat.BF16))
    if needs(chosen) > gpu.free:
        raise DoesNotFit(
            f"{base}: needs about {needs(chosen) / GB:.1f} GB as {chosen}, the GPU has "
            f"{gpu.free / GB:.1f} GB free; take a smaller model or stop other programs on the GPU"
        )
    compute = compute_type(preset, gpu)
    if compute is torch.float16:
        logger.warning("this GPU has no bfloat16: %s runs in float16", preset.name)
    return Placement("cuda:0", compute, dequantised=chosen is WeightFormat.BF16)


def _tensors(base: Path) -> dict[str, int]:
    """Return the bytes of each tensor in a base's folder; only the files' headers are read."""
    sizes: dict[str, int] = {}
    for path in base.glob("*.safetensors"):
        try:
            with path.open("rb") as file:
                header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            sizes |= {
                name: entry["data_offsets"][1] - entry["data_offsets"][0]
                for name, entry in header.items()
                if name != "__metadata__"
            }
        except (OSError, ValueError, KeyError) as e:
            raise BadModel(
                f"{path}: is not a safetensors file: {first_line(e)}; fetch it again"
            ) from e
    return sizes


def _on_cpu(base: Path, files: int, hardware: Hardware) -> Placement:
    if files > CPU_BYTES and hardware.device != "cpu":
        raise DoesNotFit(
            f"{base}: {files / GB:.1f} GB of weights and no GPU; name a smaller model, or ask "
            "for the CPU (WORKER_DEVICE=cpu, or --device cpu) and wait seconds for each review"
        )
    return Placement("cpu", torch.float32, dequantised=hardware.weights is WeightFormat.BF16)


def compute_type(preset: Preset, gpu: Gpu) -> torch.dtype:
    """
    Return the type of the arithmetic; a recipe in full precision keeps it on every device.

    Raises DoesNotFit if that is float16 and the recipe is erratic in it.
    """
    if not preset.quantised:
        return torch.float32
    if gpu.has_bf16:
        return torch.bfloat16
    if not preset.steady_in_fp16:
        raise DoesNotFit(
            f"{preset.name} is published as erratic in float16, and its float16 results were "
            "not compared with published probabilities; this GPU has no bfloat16: take "
            "gemma-2-9b, or a GPU of NVIDIA's Ampere generation or newer"
        )
    return torch.float16
