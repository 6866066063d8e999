"""
The layers of a LoRA adapter in the network of its base: attached, and merged where possible.
"""

import warnings

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from worker.classifiers.language.quantisation import cast_unquantised, is_quantised

# isort: split

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file
from torch import nn
from transformers import PreTrainedModel

from worker.classifiers.errors import BadModel
from worker.classifiers.language.adapter import PREFIX, WEIGHTS, Adapter
from worker.classifiers.language.placement import Placement, first_line


def attach_adapter(model: PreTrainedModel, adapter: Adapter, placement: Placement) -> nn.Module:
    """Put the adapter's layers into `model` and return its head as it is stored."""
    try:
        with warnings.catch_warnings():
            # PEFT asks transformers for an attribute by its old name.
            warnings.simplefilter("ignore", FutureWarning)
            PeftModel.from_pretrained(
                model,
                adapter.folder,
                is_trainable=False,
                # By default PEFT uses the GPU if there is one, even for a model on the CPU.
                torch_device=placement.device,
                # In float32, adapters would cast every layer's input up and its output down again.
                autocast_adapter_dtype=False,
                local_files_only=True,
            )
    except (KeyError, ValueError, RuntimeError, TypeError) as e:
        if isinstance(e, torch.OutOfMemoryError):
            raise
        raise BadModel(
            f"{adapter.folder}: does not fit its base {adapter.base}: {first_line(e)}"
        ) from e
    cast_unquantised(model, placement.compute)
    wrapped = getattr(model, adapter.head)
    head: nn.Module = wrapped.modules_to_save["default"].float()
    begin = f"{PREFIX}{adapter.head}."
    stored = load_file(adapter.folder / WEIGHTS, device=placement.device)
    head.load_state_dict({n[len(begin) :]: t for n, t in stored.items() if n.startswith(begin)})
    return head


def merge_adapter(model: PreTrainedModel) -> int:
    """
    Add the adapter's matrices to the plain layers under them; return how many were merged.

    Each sum is computed in float32 and rounded once to the type of the layer, one layer at a time.
    4-bit layers keep their adapter: merged weights would be rounded to 4 bits again.
    """
    found = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, LoraLayer) and not is_quantised(module.get_base_layer())
    ]
    for name, layer in found:
        compute = layer.get_base_layer().weight.dtype
        layer.float()
        layer.merge()
        model.set_submodule(name, layer.get_base_layer().to(compute))
    return len(found)
