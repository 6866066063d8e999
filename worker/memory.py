"""
What an operator may ask of a model's place, and how much memory it takes there.

Pure arithmetic over the size of its files; what the machine has is asked in worker/placement.py.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Literal

from worker.presets import GB

# Where an operator wants a model: AUTO takes the GPU where there is one.
Device = Literal["auto", "cuda", "cpu"]

# 4-bit NF4 with double quantisation takes 4.13 bits a weight; norms and embeddings stay at 16.
# By shapes: Mistral-7B 0.28, Gemma-2-9b 0.33, Gemma-2-27b 0.30 of their 16-bit size.
NF4_OF_16_BIT = 0.33

# The CUDA context, one unpacked layer (0.34 GB in Gemma-2-27b) and the activations of 4,096 tokens.
WORKSPACE_BYTES = round(2.5 * GB)

# Unpacked weights are a luxury: taken only where this share of the memory stays free.
SPARE = 0.2


class Weights(StrEnum):
    """In which form the inner layers are kept."""

    NF4 = auto()
    BF16 = auto()
    AUTO = auto()


@dataclass(frozen=True, slots=True)
class Gpu:
    """What a GPU offers: its memory and the free part of it, in bytes; whether it has bfloat16."""

    memory: int
    free: int
    has_bf16: bool


def needed_bytes(file_bytes: int, *, quantises: bool, packed: bool, weights: Weights) -> int:
    """
    Return what a model needs on its device, from the size of its weight files.

    `quantises` is whether its recipe does at all, `packed` whether the files are 4-bit already.
    """
    held = float(file_bytes)
    if quantises and weights is Weights.NF4 and not packed:
        held *= NF4_OF_16_BIT
    if quantises and weights is Weights.BF16 and packed:
        held /= NF4_OF_16_BIT
    return round(held) + WORKSPACE_BYTES


def choose_weights(wanted: Weights, free_bytes: int, bf16_bytes: int) -> Weights:
    """Return NF4 or BF16: what is wanted, or for AUTO the fastest that fits with room to spare."""
    if wanted is not Weights.AUTO:
        return wanted
    return Weights.BF16 if bf16_bytes <= free_bytes * (1 - SPARE) else Weights.NF4
