"""
The operator's choice of device and weight format, and the memory that a model needs.

Pure arithmetic over the size of its files; placement.py reads what the machine has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Literal

from worker.classifiers.language.presets import GB, PRESETS, Preset

# The device that an operator chooses: AUTO takes the GPU if there is one.
Device = Literal["auto", "cuda", "cpu"]

# 4-bit NF4 with double quantisation takes 4.13 bits a weight; norms and embeddings stay at 16.
# By shapes: Mistral-7B 0.28, Gemma-2-9b 0.33, Gemma-2-27b 0.30 of their 16-bit size.
NF4_OF_16_BIT = 0.33

# The CUDA context, one unpacked layer (0.34 GB in Gemma-2-27b) and the activations of 4,096 tokens.
WORKSPACE_BYTES = round(2.5 * GB)

# Weights are unpacked only if this share of the memory stays free.
SPARE = 0.2


class WeightFormat(StrEnum):
    """The format of the inner layers' weights in memory."""

    NF4 = auto()
    BF16 = auto()
    AUTO = auto()


@dataclass(frozen=True, slots=True)
class Hardware:
    """The operator's choice: the device of a model, and the format of its weights there."""

    device: Device = "auto"
    weights: WeightFormat = WeightFormat.AUTO


DEFAULT_HARDWARE = Hardware()


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU: its memory and the free part of it, in bytes, and whether it has bfloat16."""

    memory: int
    free: int
    has_bf16: bool


def needed_bytes(file_bytes: int, *, quantises: bool, packed: bool, weights: WeightFormat) -> int:
    """
    Return the bytes that a model needs on its device, from the size of its weight files.

    `quantises` is whether its recipe quantises, `packed` whether the files are 4-bit already. For
    BF16, `file_bytes` is the result of `unpacked_bytes`.
    """
    held = float(file_bytes)
    if quantises and weights is WeightFormat.NF4 and not packed:
        held *= NF4_OF_16_BIT
    return round(held) + WORKSPACE_BYTES


def unpacked_bytes(tensors: Mapping[str, int]) -> int:
    """
    Return the bytes of the weights in 16 bits, from the bytes of all tensors of their files.

    A 4-bit tensor has a codebook named `<its name>.quant_map`, and other metadata.
    """
    packed = [name for name in tensors if f"{name}.quant_map" in tensors]
    metadata = tuple(f"{name}." for name in packed)
    rest = set(tensors) - set(packed)
    plain = sum(tensors[name] for name in rest if not name.startswith(metadata))
    return plain + 4 * sum(tensors[name] for name in packed)


def largest_for(gpu: Gpu) -> Preset | None:
    """Return the recipe that `auto` takes for a GPU, None if it is too small or too full."""
    fitting = [
        preset
        for preset in PRESETS.values()
        if preset.gpu_bytes is not None
        and preset.gpu_bytes <= gpu.memory
        and (gpu.has_bf16 or preset.steady_in_fp16)
        and not lacks_room(preset, gpu)
    ]
    return max(fitting, key=lambda preset: preset.gpu_bytes or 0, default=None)


def lacks_room(preset: Preset, gpu: Gpu) -> bool:
    """Return whether a recipe needs more than the free memory; its files are not needed."""
    if preset.nf4_bytes is None:
        return False
    return (
        needed_bytes(preset.nf4_bytes, quantises=True, packed=True, weights=WeightFormat.NF4)
        > gpu.free
    )


def fastest_that_fits(free_bytes: int, bf16_bytes: int) -> WeightFormat:
    """Return BF16 if it fits with room to spare, NF4 otherwise."""
    return WeightFormat.BF16 if bf16_bytes <= free_bytes * (1 - SPARE) else WeightFormat.NF4
