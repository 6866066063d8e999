"""
A known architecture with random weights in NF4, created layer by layer on its device.

Never more than one layer is in 16 bits, so a GPU that serves a model can also build it. The layers
are those that loading creates: only the source of the numbers differs.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from worker.classifiers.language.quantisation import cast_unquantised, nf4, unpack

# isort: split

import numpy as np
import torch
from numpy.typing import NDArray
from peft import PeftModel
from torch import nn
from transformers import AutoModelForSequenceClassification, PretrainedConfig, PreTrainedModel
from transformers.quantizers import AutoHfQuantizer

from training.finetuning.adapting import with_lora
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import Preset

# With these, nine of ten reviews reach a rung of the default ladder, with 50 classes. The shipped
# linear model has fewer logits above zero, so decisions here are closer to their rungs.
LOGIT_MEAN = -5.0
LOGIT_DEVIATION = 2.2


def random_base(
    config: PretrainedConfig, preset: Preset, classes: int, placement: Placement, *, seed: int
) -> PreTrainedModel:
    """
    Return a base as a classifier of `classes`, inner layers as `placement` says, head unquantised.

    The same seed on the same device gives the same weights, rounded to the type of the placement:
    they are drawn in float32, because a generator draws other numbers in other types. Raises
    torch.OutOfMemoryError.
    """
    config.num_labels = classes
    config.problem_type = "multi_label_classification"
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(
            config, dtype=placement.compute, attn_implementation=preset.attention
        )
    quantizer = AutoHfQuantizer.from_config(nf4(placement.compute), pre_quantized=False)
    model.hf_quantizer = quantizer
    quantizer.preprocess_model(model, device_map={"": placement.device})
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, module in list(model.named_modules()):
            if quantizer.param_needs_quantization(model, f"{name}.weight"):
                _fill_quantised(model, name, module, placement)
            else:
                _fill(model, module, placement)
    quantizer.postprocess_model(model)
    cast_unquantised(model, placement.compute)
    if placement.dequantised:
        unpack(model, placement.compute)
    model.eval()
    return model


def random_adapter(model: PreTrainedModel, preset: Preset) -> PeftModel:
    """
    Put the adapter of a recipe into `model`, with random weights in the type of its base.

    Both of its matrices are random, so that it changes what the base computes.
    """
    lora = preset.lora
    assert lora is not None, f"{preset.name} has no adapter"
    wrapped = with_lora(model, lora, neutral=False, in_float32=False)
    cast_adapter(model, next(model.base_model.parameters()).dtype)
    wrapped.eval()
    return wrapped


def cast_adapter(model: PreTrainedModel, dtype: torch.dtype) -> None:
    """Give the low-rank matrices of an adapter a type; PEFT by itself loads them in float32."""
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            parameter.data = parameter.data.to(dtype)


def head_of(model: PreTrainedModel) -> nn.Module:
    """Return the head of an adapter, as it is used in training and by PEFT."""
    head: nn.Module = model.score.modules_to_save["default"]
    return head


def spread(head: nn.Linear, logits: NDArray[np.float32]) -> nn.Linear:
    """
    Return a float32 head whose logits have the spread of `LOGIT_MEAN` and `LOGIT_DEVIATION`.

    `logits` are those of `head` for some reviews. A random head answers half of all classes, each
    of them narrowly; decisions can only be compared if classes are as rare as real ones.
    """
    scale = torch.from_numpy(LOGIT_DEVIATION / logits.std(axis=0)).to(head.weight.device)
    mean = torch.from_numpy(logits.mean(axis=0)).to(head.weight.device)
    made = nn.Linear(head.in_features, head.out_features, device=head.weight.device)
    with torch.no_grad():
        made.weight.copy_(head.weight.float() * scale[:, None])
        made.bias.copy_(LOGIT_MEAN - scale * mean)
    return made.requires_grad_(False)


def linear_parameters(model: PreTrainedModel) -> int:
    """Return how many weights every token is multiplied with, without adapter and head."""
    return sum(
        module.in_features * module.out_features
        for name, module in model.base_model.named_modules()
        if isinstance(module, nn.Linear) and ".lora_" not in name
    )


def _fill(model: PreTrainedModel, module: nn.Module, placement: Placement) -> None:
    """Give a module that is not quantised its own memory and transformers' initial values."""
    if not (module._parameters or module._buffers):
        return
    module.to_empty(device=placement.device, recurse=False)
    for parameter in module.parameters(recurse=False):
        parameter.data = parameter.data.float()
    model._init_weights(module)
    for parameter in module.parameters(recurse=False):
        parameter.data = parameter.data.to(placement.compute)


def _fill_quantised(
    model: PreTrainedModel, name: str, module: nn.Module, placement: Placement
) -> None:
    """Quantise one random layer by the same step that loading uses for each weight."""
    wide = torch.empty(module.weight.shape, dtype=torch.float32, device=placement.device)
    wide.normal_(std=model.config.initializer_range)
    name = f"{name}.weight"
    values = {name: wide.to(placement.compute)}
    made = model.hf_quantizer.get_quantize_ops().convert(values, name, model)
    module.weight = made[name]
