"""
Makes a loaded base trainable: LoRA layers where the recipe has them, and a head in float32.

The base comes through the door that serving uses, with 4-bit weights as they are stored. Nothing
of it is cast up: norms and embeddings stay in the type that they will answer in.
"""

import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import PreTrainedModel

from training.errors import BadFlag
from triage.manifest import BaseModelRef
from worker.classifiers.language.presets import Lora, Preset


class FloatHead(nn.Linear):
    """A head that computes in float32, as in serving, whatever the layers below it do."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (named so by torch)
        """Return logits in float32."""
        with torch.autocast(input.device.type, enabled=False):
            return linear(input.float(), self.weight)


def make_trainable(model: PreTrainedModel, preset: Preset, lora: Lora | None) -> nn.Module:
    """Return `model` with what is to be trained requiring gradients; BadFlag for wrong layers."""
    if lora is None:
        return model
    _check_lora_fits(model, preset, lora)
    model.config.use_cache = False
    model.score = _float_head(model.score)
    return with_lora(model, lora)


def with_lora(
    model: PreTrainedModel, lora: Lora, *, neutral: bool = True, in_float32: bool = True
) -> PeftModel:
    """
    Put a recipe's low-rank layers into `model`, and a copy of its head that is trained with them.

    `neutral` ones change nothing until they are trained, others are random. `in_float32` is what
    training wants; serving keeps them in the type of their base.
    """
    config = LoraConfig(
        task_type="SEQ_CLS",
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.modules),
        layers_to_transform=None if lora.layers is None else list(lora.layers),
        init_lora_weights=neutral,
    )
    with warnings.catch_warnings():
        # PEFT asks transformers for an attribute by its old name.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config, autocast_adapter_dtype=in_float32)


def _check_lora_fits(model: PreTrainedModel, preset: Preset, lora: Lora) -> None:
    there = model.config.num_hidden_layers
    if lora.layers is not None and lora.layers[-1] >= there:
        raise BadFlag(
            f"--layers: recipe {preset.name} would adapt layer {lora.layers[-1]}, the base has "
            f"0 to {there - 1}; name others, or all"
        )
    names = {name.rpartition(".")[2] for name, _ in model.base_model.named_modules()}
    strange = [module for module in lora.modules if module not in names]
    if strange or not lora.modules:
        named = ",".join(strange)
        raise BadFlag(f"--modules {named}: the base has no modules of that name")


def _float_head(head: nn.Linear) -> FloatHead:
    wide = FloatHead(head.in_features, head.out_features, bias=False, device=head.weight.device)
    wide.weight.data.copy_(head.weight.data)
    return wide


def save_adapter(
    model: PeftModel, folder: Path, ref: BaseModelRef, state: dict[str, Any] | None = None
) -> None:
    """Write the adapter and its head into `folder`, naming the base as the hub does."""
    config = model.peft_config["default"]
    config.base_model_name_or_path = ref.id
    config.revision = ref.revision
    # Looking for changed embeddings, PEFT would ask a hub for the base.
    model.save_pretrained(folder, save_embedding_layers=False, state_dict=state)
    (folder / "README.md").unlink(missing_ok=True)  # a form that nobody filled in
