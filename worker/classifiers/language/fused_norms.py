"""
Gemma-2's norms as three operators each instead of ten.

The arithmetic is that of transformers' Gemma2RMSNorm: float32, with the weights raised by one and
not rounded; only the number of kernels that a GPU must launch differs.
"""

import torch
from torch import nn
from torch.nn.functional import rms_norm
from transformers import PreTrainedModel
from transformers.models.gemma2.modeling_gemma2 import Gemma2RMSNorm


class FusedNorm(nn.Module):  # type: ignore[misc]
    """A norm over the last dimension; its output has the type of its input."""

    scale: torch.Tensor

    def __init__(self, norm: Gemma2RMSNorm) -> None:
        super().__init__()
        self._eps = norm.eps
        self.register_buffer("scale", 1.0 + norm.weight.detach().float(), persistent=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return `hidden`, positions x hidden size, each position scaled to unit mean square."""
        wide = rms_norm(hidden.float(), self.scale.shape, self.scale, self._eps)
        return wide.to(hidden.dtype)


def fuse_norms(model: PreTrainedModel) -> int:
    """Replace all norms of a Gemma-2 that is used for inference only; return how many."""
    found = [(name, m) for name, m in model.named_modules() if isinstance(m, Gemma2RMSNorm)]
    for name, norm in found:
        model.set_submodule(name, FusedNorm(norm))
    return len(found)
