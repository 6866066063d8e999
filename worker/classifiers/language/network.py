"""
The network of a language model: base, adapter and head, loaded, checked and run on one device.

It knows token ids and logits, neither reviews nor classes.
"""

from collections.abc import Sequence
from pathlib import Path

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from worker.classifiers.language.quantisation import (
    cast_unquantised,
    is_quantised,
    quantisation_at_load,
    unpack,
)

# isort: split

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging as transformers_logging

from worker.classifiers.errors import BadModel, DoesNotFit
from worker.classifiers.language.adapter import HEADS, Adapter
from worker.classifiers.language.fused_norms import fuse_norms
from worker.classifiers.language.lora_layers import attach_adapter, merge_adapter
from worker.classifiers.language.placement import Placement, first_line, gpu_failures
from worker.classifiers.language.presets import Pooling, Preset

transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


class Network:
    """A checked body and head on a device."""

    def __init__(self, model: PreTrainedModel, head: nn.Module, pooling: Pooling) -> None:
        self._body = model.base_model
        self._head = head
        self._pooling = pooling
        self.device: torch.device = model.device
        self.vocabulary: int = model.get_input_embeddings().weight.shape[0]

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        """
        Return a logit for each row of token ids and each class.

        Rows are padded on the right, which a causal model never reads; only the pooled position
        goes through the head, in float32. Raises torch.OutOfMemoryError, and GpuFailed if CUDA
        fails.
        """
        ends = torch.tensor([len(row) for row in rows])
        padded = [torch.tensor(row, dtype=torch.long) for row in rows]
        ids = nn.utils.rnn.pad_sequence(padded, batch_first=True, padding_value=pad_id)
        mask = torch.arange(ids.shape[1]) < ends[:, None]
        with gpu_failures(), torch.inference_mode():
            moved = (one.to(self.device, non_blocking=True) for one in (ids, mask.long(), ends - 1))
            result: NDArray[np.float32] = self.run(*moved).cpu().numpy()
        return result

    def run(self, ids: torch.Tensor, mask: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """
        Return the logits of padded rows, all on the device.

        `mask` is 1 for a token and 0 for padding, `last` the position of each row's last token.
        """
        hidden = self._hidden(ids, mask)
        at = last if self._pooling is Pooling.LAST else torch.zeros_like(last)
        return self._classes(hidden[torch.arange(len(ids), device=self.device), at])

    def _hidden(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the last hidden states: rows x positions x hidden size."""
        # No text is generated, so keys and values are not cached.
        cache = {"use_cache": False} if self._pooling is Pooling.LAST else {}
        output = self._body(input_ids=ids, attention_mask=mask, **cache)
        hidden: torch.Tensor = output.last_hidden_state
        return hidden

    def _classes(self, pooled: torch.Tensor) -> torch.Tensor:
        # The head of a bidirectional model pools by itself, from a row's first position.
        wide = pooled.float()
        logits: torch.Tensor = self._head(wide if self._pooling is Pooling.LAST else wide[:, None])
        return logits


def load_network(
    base: Path, preset: Preset, adapter: Adapter | None, classes: int, placement: Placement
) -> Network:
    """
    Return the network of the base in a folder with its adapter, if it has one.

    Raises BadModel if the files do not fit each other or cannot be read here, DoesNotFit if
    the memory is too small, and GpuFailed if CUDA fails.
    """
    try:
        with gpu_failures():
            model = load_base(base, preset, classes, placement)
            head = _head_of(model) if adapter is None else attach_adapter(model, adapter, placement)
            optimise_for_reading(model)
    except torch.OutOfMemoryError as e:
        raise DoesNotFit(f"{base}: {first_line(e)}; take a smaller model") from e
    except RuntimeError as e:
        raise BadModel(f"{base}: {first_line(e)}") from e
    model.eval()
    _check(base, model, head, classes)
    return Network(model, head.to(placement.device), preset.pooling)


def optimise_for_reading(model: PreTrainedModel) -> None:
    """Lower the number of kernels of one pass; use it only for a model that is not trained."""
    merge_adapter(model)
    fuse_norms(model)


def load_base(base: Path, preset: Preset, classes: int, placement: Placement) -> PreTrainedModel:
    """
    Return the base in a folder as a classifier of `classes`, its inner layers as in `preset`.

    The head is new if the base has none. Weights that are not quantised are in
    `placement.compute`, so that each layer has one type.
    """
    config = _config(base, preset)
    config.num_labels = classes
    config.problem_type = "multi_label_classification"
    quantise = quantisation_at_load(config, preset, placement)
    try:
        model, found = AutoModelForSequenceClassification.from_pretrained(
            base,
            config=config,
            quantization_config=quantise,
            dtype=placement.compute,
            device_map={"": placement.device},
            attn_implementation=preset.attention,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as e:
        if isinstance(e, torch.OutOfMemoryError):
            raise
        raise BadModel(f"{base}: {first_line(e)}") from e
    # The library fills missing tensors with random numbers and does not report it.
    lacking = sorted(name for name in found["missing_keys"] if not name.startswith(HEADS))
    if lacking:
        raise BadModel(f"{base}: its weights lack {len(lacking)} tensors, such as {lacking[0]}")
    cast_unquantised(model, placement.compute)
    if placement.dequantised and preset.quantised:
        unpack(model, placement.compute)
    return model


def _read_config(base: Path) -> PretrainedConfig:
    try:
        return AutoConfig.from_pretrained(base, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as e:
        raise BadModel(f"{base}: its config.json cannot be read: {first_line(e)}") from e


def _config(base: Path, preset: Preset) -> PretrainedConfig:
    config = _read_config(base)
    if config.model_type != preset.architecture:
        raise BadModel(
            f"{base}: is a {config.model_type}, recipe {preset.name} needs a {preset.architecture}"
        )
    if not list(base.glob("*.safetensors")):
        raise BadModel(f"{base}: holds no safetensors weights; pickles are not read")
    return config


def is_packed(base: Path) -> bool:
    """Return whether the weights in a base's folder are quantised already; raises BadModel."""
    config = _read_config(base)
    return getattr(config, "quantization_config", None) is not None


def _head_of(model: PreTrainedModel) -> nn.Module:
    head: nn.Module = next(getattr(model, name) for name in HEADS if hasattr(model, name))
    return head.float()


def _check(base: Path, model: PreTrainedModel, head: nn.Module, classes: int) -> None:
    """Raise BadModel if the loaded network contradicts the recipe."""
    quantised = [m for m in head.modules() if is_quantised(m)]
    types = {parameter.dtype for parameter in head.parameters()}
    if quantised or types != {torch.float32}:
        raise BadModel(f"{base}: its head is {types}, {len(quantised)} layers of it quantised")
    width = list(head.parameters())[-1].shape[0]
    if width != classes:
        raise BadModel(f"{base}: its head answers {width} classes, this installation has {classes}")
    capped = getattr(model.config, "attn_logit_softcapping", None)
    attention = model.config._attn_implementation
    if capped and attention == "sdpa":
        raise BadModel(f"{base}: attention {attention!r} drops the softcapping at {capped}")
