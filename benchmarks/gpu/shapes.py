"""
The shapes of the known bases, as their published configurations give them, and toy ones.

A toy has every kind of layer of its base, in sizes that a CPU reads in milliseconds.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from transformers import AutoModel, Gemma2Config, MistralConfig, PretrainedConfig

from worker.classifiers.language.presets import PRESETS, Preset

_CONFIGS = MappingProxyType({"gemma2": Gemma2Config, "mistral": MistralConfig})

# The defaults of transformers 5.23 hold for all sizes of a base (soft caps 50 and 30, window 4,096,
# one sliding layer in two) and are not repeated.
SHAPES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "gemma-2-9b": {
            "vocab_size": 256_000,
            "hidden_size": 3584,
            "intermediate_size": 14_336,
            "num_hidden_layers": 42,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 256,
            "query_pre_attn_scalar": 256,
        },
        "gemma-2-27b": {
            "vocab_size": 256_000,
            "hidden_size": 4608,
            "intermediate_size": 36_864,
            "num_hidden_layers": 46,
            "num_attention_heads": 32,
            "num_key_value_heads": 16,
            "head_dim": 128,
            "query_pre_attn_scalar": 144,
        },
        "mistral-7b": {
            "vocab_size": 32_000,
            "hidden_size": 4096,
            "intermediate_size": 14_336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "max_position_embeddings": 32_768,
            "rms_norm_eps": 1e-5,
            # Its tokenizer has no padding token; the recipe pads with the end token.
            "pad_token_id": 2,
        },
    }
)

TOY_LAYERS = 3
_TOY = MappingProxyType(
    {
        "vocab_size": 512,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": TOY_LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
    }
)


def configuration(preset: Preset, *, tiny: bool = False) -> PretrainedConfig:
    """Return the configuration of a recipe's base at full size, or of its toy."""
    shape = {**SHAPES[preset.name], **(_TOY if tiny else {})}
    return _CONFIGS[preset.architecture](**shape)


def recipe(name: str, *, tiny: bool = False) -> Preset:
    """Return a recipe; for a toy its adapter skips the first layer."""
    preset = PRESETS[name]
    assert preset.lora is not None, f"{name} has no adapter"
    if not tiny or preset.lora.layers is None:
        return preset
    return replace(preset, lora=replace(preset.lora, layers=tuple(range(1, TOY_LAYERS))))


def parameters(config: PretrainedConfig) -> int:
    """Return how many weights a base has, its head left out; takes no memory."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in AutoModel.from_config(config).parameters())
