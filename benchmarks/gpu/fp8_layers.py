"""
Inner layers as 8-bit floats (e4m3), whose products GPUs from Hopper on compute twice as fast.

Weights get a scale for each output, inputs one for each token, in every pass (Micikevicius et al.
2022, arXiv:2209.05433). The worker does not use it: no GPU has shown yet that it pays, and what it
changes in the decisions of a trained model is not known.
"""

import torch
from torch import nn
from transformers import PreTrainedModel

FP8 = torch.float8_e4m3fn
LARGEST = torch.finfo(FP8).max

# The first generation whose matrix products take a scale for each row.
HOPPER = (9, 0)

# Keeps the scale of a row of zeros above zero.
LEAST_SCALE = 1e-12


def lacks_fp8(device: str) -> bool:
    """Return whether a GPU cannot compute these products; a CPU can, slowly."""
    return device.startswith("cuda") and torch.cuda.get_device_capability() < HOPPER


def rounded_rows(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a matrix as 8-bit floats, and the float32 scale of each row, rows x 1."""
    wide = values.float()
    scale = (wide.abs().amax(dim=1, keepdim=True) / LARGEST).clamp(min=LEAST_SCALE)
    return (wide / scale).to(FP8), scale


class Fp8Linear(nn.Module):  # type: ignore[misc]
    """A linear layer without bias; its output has the type of its input."""

    weight: torch.Tensor
    scale: torch.Tensor

    def __init__(self, plain: nn.Linear) -> None:
        super().__init__()
        assert plain.bias is None, "the layers of these bases have no bias"
        weight, scale = rounded_rows(plain.weight.detach())
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("scale", scale.t().contiguous(), persistent=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return ... x outputs for ... x inputs."""
        values, scale = rounded_rows(hidden.reshape(-1, hidden.shape[-1]))
        found = torch._scaled_mm(
            values, self.weight.t(), scale_a=scale, scale_b=self.scale, out_dtype=hidden.dtype
        )
        return found.reshape(*hidden.shape[:-1], -1)


def use_fp8(model: PreTrainedModel) -> int:
    """Replace the plain linear layers of a model's body, never the head; return how many."""
    body = model.base_model
    found = [(name, m) for name, m in body.named_modules() if type(m) is nn.Linear]
    for name, plain in found:
        body.set_submodule(name, Fp8Linear(plain))
    return len(found)
