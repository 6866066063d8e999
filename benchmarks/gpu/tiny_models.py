"""
Tiny models with random weights, saved in folders as published bases and adapters are.

Sliding window and softcapping are small, so that rows of a few dozen tokens reach both. Weights are
drawn on the CPU: a seed gives the same folders on every machine.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
import worker.classifiers.language.network  # noqa: F401

# isort: split

import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    Gemma2Config,
    MistralConfig,
    PretrainedConfig,
    PreTrainedModel,
    XLMRobertaConfig,
)

from worker.classifiers.language.presets import Preset

CLASSES = 6
VOCABULARY = 512
LAYERS = 3
BASE_ID = "tiny/base"

# Shorter than most rows.
WINDOW = 16
# A score of attention above this is visibly reduced.
SOFTCAP = 2.0

_SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}
# Initial weights are so small that attention is uniform and a window would not matter.
_ENLARGED = 4.0


@dataclass(frozen=True, slots=True)
class TinyModel:
    """The folder of a base, and that of its adapter if it has one."""

    base: Path
    adapter: Path | None


def write_tiny_model(folder: Path, preset: Preset, *, dora: bool = False, seed: int) -> TinyModel:
    """Write the tiny base of a recipe, and an adapter if the recipe has one, into `folder`."""
    torch.manual_seed(seed)
    base = folder / "base"
    model = AutoModelForSequenceClassification.from_config(_config(preset))
    _enlarge(model)
    model.save_pretrained(base)
    if preset.lora is None:
        return TinyModel(base, None)
    adapter = folder / "adapter"
    _write_adapter(adapter, model, preset, dora=dora)
    return TinyModel(base, adapter)


def _config(preset: Preset) -> PretrainedConfig:
    labels = {"num_labels": CLASSES, "problem_type": "multi_label_classification"}
    match preset.architecture:
        case "gemma2":
            return Gemma2Config(
                **_SHAPE,
                **labels,
                num_key_value_heads=2,
                head_dim=32,
                sliding_window=WINDOW,
                query_pre_attn_scalar=32,
                attn_logit_softcapping=SOFTCAP,
            )
        case "mistral":
            return MistralConfig(**_SHAPE, **labels, num_key_value_heads=2, sliding_window=WINDOW)
        case _:
            return XLMRobertaConfig(**_SHAPE, **labels, max_position_embeddings=520)


def _enlarge(model: PreTrainedModel) -> None:
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data.mul_(_ENLARGED)


def _write_adapter(folder: Path, model: PreTrainedModel, preset: Preset, *, dora: bool) -> None:
    assert preset.lora is not None, f"{preset.name} has no adapter"
    config = LoraConfig(
        task_type="SEQ_CLS",
        r=4,
        lora_alpha=8,
        use_dora=dora,
        target_modules=list(preset.lora.modules),
        layers_to_transform=list(range(1, LAYERS)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT uses an old name of transformers
        wrapped = get_peft_model(model, config)
    _fill_adapter(wrapped)
    wrapped.peft_config["default"].base_model_name_or_path = BASE_ID
    # To find changed embeddings, PEFT would request the base from a hub.
    wrapped.save_pretrained(folder, save_embedding_layers=False)


def _fill_adapter(wrapped: PeftModel) -> None:
    """Give all trainable weights random values; a new adapter changes nothing."""
    for name, parameter in wrapped.named_parameters():
        if "lora_magnitude_vector" in name:
            parameter.data.mul_(1 + 0.2 * torch.randn_like(parameter))
        elif parameter.requires_grad:
            parameter.data.normal_(std=0.1 if "score" in name else 0.2)
