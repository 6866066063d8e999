"""Counts what a network holds beside its weights while it reads, without memory: on `meta`."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoModelForSequenceClassification

from benchmarks.gpu.random_weights import random_adapter
from benchmarks.gpu.shapes import configuration
from worker.classifiers.language.presets import Preset

# Each layer's own tensors are gone before the next one's are made.
LAYERS = 3


class Live(TorchDispatchMode):
    """Counts the bytes of the tensors that are alive, but for those that were there before."""

    def __init__(self) -> None:
        super().__init__()
        self._sizes: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        given = {t.untyped_storage()._cdata for t in tree_leaves((args, kwargs)) if is_tensor(t)}
        result = func(*args, **(kwargs or {}))
        for tensor in filter(is_tensor, tree_leaves(result)):
            storage = tensor.untyped_storage()
            if storage._cdata not in given | self._sizes.keys():
                self._sizes[storage._cdata] = storage.nbytes()
                weakref.finalize(storage, self._sizes.pop, storage._cdata)
        self.peak = max(self.peak, sum(self._sizes.values()))
        return result


def is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)


def activation_bytes(preset: Preset, rows: int, length: int) -> int:
    """Return the most that some layers of a base at full size, with its adapter, hold at once."""
    config = configuration(preset)
    config.num_hidden_layers = LAYERS
    config.layer_types = config.layer_types[:LAYERS]
    assert preset.lora is not None
    adapted = replace(preset, lora=replace(preset.lora, layers=tuple(range(1, LAYERS))))
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(
            config, dtype=torch.bfloat16, attn_implementation=preset.attention
        )
        random_adapter(model, adapted)
        ids = torch.zeros(rows, length, dtype=torch.long)
    with torch.inference_mode(), Live() as live:
        model.base_model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    return live.peak
