"""
Where a network runs, and in which types: what this machine's GPU offers against what a model needs.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from worker.errors import DoesNotFit
from worker.memory import Device, Weights, choose_weights, needed_bytes
from worker.presets import GB, Preset

logger = logging.getLogger(__name__)

# A larger model answers in seconds on a CPU; nobody gets that by mistake.
CPU_BYTES = 3 * GB


@dataclass(frozen=True, slots=True)
class Placement:
    """
    Where a network runs and in what: `compute` is the type of all arithmetic but the head's.

    `dequantised` keeps the 4-bit weights as `compute` in memory, unpacked once: four times the
    memory, no unpacking in each pass.
    """

    device: str
    compute: torch.dtype
    dequantised: bool = False


@dataclass(frozen=True, slots=True)
class Gpu:
    """What a GPU offers: its memory and the free part of it, in bytes; whether it has bfloat16."""

    memory: int
    free: int
    has_bf16: bool


def look_at_gpu() -> Gpu | None:
    """Return this machine's first GPU, None where there is none."""
    if not torch.cuda.is_available():
        return None
    free, memory = torch.cuda.mem_get_info()
    return Gpu(memory, free, torch.cuda.is_bf16_supported(including_emulation=False))


def gpu_memory() -> dict[str, dict[str, int]]:
    """Return, for each GPU, bytes by what they are: "used", "reserved" and "total"."""
    return {
        str(device): {
            "used": torch.cuda.memory_allocated(device),
            "reserved": torch.cuda.memory_reserved(device),
            "total": torch.cuda.get_device_properties(device).total_memory,
        }
        for device in range(torch.cuda.device_count())
    }


def place(
    base: Path,
    preset: Preset,
    gpu: Gpu | None,
    *,
    packed: bool,
    device: Device,
    weights: Weights,
) -> Placement:
    """
    Return where the base in a folder goes; `packed` is whether its files are 4-bit already.

    Raises DoesNotFit where there is no GPU for it, or too little memory, or only float16 for a
    model that is erratic in it.
    """
    files = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    if device == "cpu" or (device == "auto" and gpu is None):
        return _on_cpu(base, files, forced=device == "cpu", weights=weights)
    if gpu is None:
        raise DoesNotFit("cuda is asked for, but this machine shows no GPU to PyTorch")

    def needs(form: Weights) -> int:
        return needed_bytes(files, quantises=preset.quantised, packed=packed, weights=form)

    chosen = choose_weights(weights, gpu.free, needs(Weights.BF16))
    if needs(chosen) > gpu.free:
        raise DoesNotFit(
            f"{base}: needs about {needs(chosen) / GB:.1f} GB as {chosen}, the GPU has "
            f"{gpu.free / GB:.1f} GB free; take a smaller model or end what else uses the GPU"
        )
    return Placement("cuda:0", _gpu_type(preset, gpu), dequantised=chosen is Weights.BF16)


def _on_cpu(base: Path, files: int, *, forced: bool, weights: Weights) -> Placement:
    if files > CPU_BYTES and not forced:
        raise DoesNotFit(
            f"{base}: {files / GB:.1f} GB of weights and no GPU; name a smaller model, or ask "
            "for the CPU (WORKER_DEVICE=cpu, or --device cpu) and wait seconds for each review"
        )
    return Placement("cpu", torch.float32, dequantised=weights is Weights.BF16)


def _gpu_type(preset: Preset, gpu: Gpu) -> torch.dtype:
    """Return the type of the arithmetic; a recipe in full precision keeps it on every device."""
    if not preset.quantised:
        return torch.float32
    if gpu.has_bf16:
        return torch.bfloat16
    if not preset.steady_in_fp16:
        raise DoesNotFit(
            f"{preset.name} answers erratically in float16, and this GPU has no bfloat16; take "
            "gemma-2-9b, or a GPU of NVIDIA's Ampere generation or newer"
        )
    logger.warning("this GPU has no bfloat16: %s runs in float16", preset.name)
    return torch.float16
