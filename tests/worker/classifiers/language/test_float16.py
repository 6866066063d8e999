"""Why a Gemma-2 is not simply served in float16: its residual stream may leave the type's range."""

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gpu import random_weights
from benchmarks.gpu.shapes import configuration, recipe
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement

ROWS = [(2, *range(4, 4 + length), 1) for length in (5, 20, 60)]


def logits(compute: torch.dtype, largest: float) -> NDArray[np.float32]:
    """Return a toy's logits; the largest value that enters its residual stream is given."""
    preset = recipe("gemma-2-9b", tiny=True)
    placement = Placement("cpu", compute, dequantised=True)
    model = random_weights.random_base(
        configuration(preset, tiny=True), preset, 6, placement, seed=0
    )
    # Gemma-2 multiplies its embeddings by the root of their number.
    table = model.get_input_embeddings().weight.data
    table.mul_(largest / (table.abs().max() * table.shape[1] ** 0.5))
    optimise_for_reading(model)
    return Network(model, model.score.float(), preset.pooling).logits(ROWS, 0)


def test_float16_is_more_exact_than_bfloat16_within_its_range() -> None:
    exact = logits(torch.float32, 10)
    half, brain = (
        np.abs(logits(compute, 10) - exact).mean() for compute in (torch.float16, torch.bfloat16)
    )

    assert 0 < half < brain


def test_float16_overflows_beyond_its_range_and_bfloat16_does_not() -> None:
    exact = logits(torch.float32, 200_000)

    assert not np.isfinite(logits(torch.float16, 200_000)).all(axis=1).any()
    assert np.abs(logits(torch.bfloat16, 200_000) - exact).max() < 0.1 * exact.std()
