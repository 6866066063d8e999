"""
Makes a loaded base trainable: LoRA layers if the recipe has them, and a head in float32.

The base is loaded by the code that serves, with 4-bit weights as they are stored. Nothing is
upcast: norms and embeddings keep the dtype of serving.
"""

import warnings
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import PreTrainedModel

from training.errors import BadFlag
from triage.manifest import BaseModelRef
from worker.classifiers.language.presets import Lora, Preset


class FloatHead(nn.Linear):
    """A head that computes in float32, as in serving, for any dtype of the layers below."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        """Return logits in float32."""
        with torch.autocast(input.device.type, enabled=False):
            return linear(input.float(), self.weight)


def make_trainable(model: PreTrainedModel, preset: Preset, lora: Lora | None) -> nn.Module:
    """Return `model` with the trained parameters requiring gradients; BadFlag for wrong layers."""
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
    Add a recipe's LoRA layers to `model`, and a trainable copy of its head.

    With `neutral` they are initialised to change nothing, else randomly. `in_float32` is for
    training; serving keeps them in the dtype of their base.
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
        # PEFT reads an attribute of transformers by its deprecated name.
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


def save_adapter(model: PeftModel, folder: Path, ref: BaseModelRef) -> None:
    """Write the adapter and its head into `folder`, with the hub's id and revision of the base."""
    config = model.peft_config["default"]
    config.base_model_name_or_path = ref.id
    config.revision = ref.revision
    # With it PEFT would request the base from the hub, to compare embeddings.
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's unfilled template
