"""
NF4: how the weights of a base are quantised, and how they are turned into plain ones again.
"""

import logging
import sys

# If the package `kernels` is installed, bitsandbytes downloads a binary from a hub at its import
# and runs it; otherwise it asks for the package.
sys.modules.setdefault("kernels", None)  # type: ignore[arg-type]
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)

import bitsandbytes as bnb
import torch
from torch import nn
from transformers import BitsAndBytesConfig, PretrainedConfig, PreTrainedModel

from worker.classifiers.errors import BadModel
from worker.classifiers.language.adapter import HEADS
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import Preset


def quantisation_at_load(
    config: PretrainedConfig, preset: Preset, placement: Placement
) -> BitsAndBytesConfig | None:
    """
    Return how to quantise at load, None if the weights are quantised already or stay as they are.

    A checkpoint's own settings are kept except for two: the head is not quantised either, and the
    type of the arithmetic is that of `placement`.
    """
    given = getattr(config, "quantization_config", None)
    compute = str(placement.compute).removeprefix("torch.")
    if given is None:
        return nf4(placement.compute) if preset.quantised else None
    settings = given if isinstance(given, dict) else given.to_dict()
    kind = settings.get("bnb_4bit_quant_type") if settings.get("load_in_4bit") else None
    if kind != "nf4" or not preset.quantised:
        raise BadModel(
            f"base {config.name_or_path}: is quantised by {settings.get('quant_method')} as "
            f"{kind or 'something else'}, recipe {preset.name} reads "
            f"{'NF4' if preset.quantised else 'full precision'}"
        )
    config.quantization_config = {
        **{name: value for name, value in settings.items() if not name.startswith("_")},
        "llm_int8_skip_modules": [*(settings.get("llm_int8_skip_modules") or ()), *HEADS],
        "bnb_4bit_compute_dtype": compute,
    }
    return None


def is_quantised(module: nn.Module) -> bool:
    """Return whether a layer holds 4-bit weights."""
    return isinstance(module, bnb.nn.Linear4bit)


def nf4(compute: torch.dtype) -> BitsAndBytesConfig:
    """NF4 with double quantisation (Dettmers et al. 2023, arXiv:2305.14314), the head left out."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
        llm_int8_skip_modules=list(HEADS),
    )


def cast_unquantised(model: PreTrainedModel, compute: torch.dtype) -> None:
    """Cast all weights that are not quantised to one type, and keep 4-bit ones as stored."""
    for module in model.modules():
        if is_quantised(module):
            # Weights that are repacked at the first pass can neither be trained nor saved, and give
            # different results on different processors.
            module.support_avx512bf16_for_cpu = False
            # Weights unpacked to the type that they were packed from would be rounded.
            module.weight.quant_state.dtype = compute
    for parameter in model.parameters():
        if parameter.is_floating_point() and parameter.dtype != compute:
            parameter.data = parameter.data.to(compute)


def unpack(model: PreTrainedModel, compute: torch.dtype) -> None:
    """
    Replace 4-bit layers by plain ones; each is freed before the next is unpacked.

    The function of transformers keeps all of them in memory until the next garbage collection.
    """
    packed = [name for name, m in model.named_modules() if is_quantised(m)]
    for name in packed:
        layer = model.get_submodule(name)
        values = bnb.functional.dequantize_4bit(layer.weight.data, layer.weight.quant_state)
        plain = nn.Linear(layer.in_features, layer.out_features, bias=False, device="meta")
        plain.weight = nn.Parameter(values.to(compute), requires_grad=False)
        plain.bias = layer.bias
        layer.weight.module = None
        model.set_submodule(name, plain)
    model.hf_quantizer.remove_quantization_config(model)
