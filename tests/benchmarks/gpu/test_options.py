"""Captured passes and 8-bit layers compute what the plain network does."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.gpu import random_weights
from benchmarks.gpu.fp8_layers import LARGEST, Fp8Linear, rounded_rows, use_fp8
from benchmarks.gpu.graphs import GraphedNetwork, Work, repeat_work
from benchmarks.gpu.options import attempt
from benchmarks.gpu.shapes import TOY_LAYERS, configuration, recipe
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement

PAD = 0
ROWS = [(2, *range(4, 4 + length), 1) for length in (1, 6, 14, 15, 40)]


def toy(name: str = "gemma-2-9b") -> tuple[nn.Module, Network]:
    """Return a toy in float32, its adapter merged."""
    preset = recipe(name, tiny=True)
    placement = Placement("cpu", torch.float32, dequantised=True)
    model = random_weights.random_base(
        configuration(preset, tiny=True), preset, 6, placement, seed=0
    )
    random_weights.random_adapter(model, preset)
    optimise_for_reading(model)
    return model, Network(model, random_weights.head_of(model).float(), preset.pooling)


class CountedPasses:
    """Captures by repeating; counts the passes of each length that were captured and run."""

    def __init__(self) -> None:
        self.captured = 0
        self.replayed = 0

    def __call__(self, work: Work) -> tuple[torch.Tensor, Callable[[], object]]:
        self.captured += 1
        result, replay = repeat_work(work)

        def counted() -> None:
            self.replayed += 1
            replay()

        return result, counted


def test_a_review_padded_to_a_captured_length_gets_the_same_logits() -> None:
    _, network = toy()
    passes = CountedPasses()
    graphed = GraphedNetwork(network, capture=passes, lengths=(16, 8))
    assert passes.captured == 2

    # Twice, in another order: nothing is left in the memory from the review before.
    for row in (*ROWS, *reversed(ROWS)):
        found, expected = graphed.logits([row], PAD), network.logits([row], PAD)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=str(len(row)))

    assert passes.replayed == 6, "3, 8 and 16 tokens; 17 and 42 are longer than what was captured"


def test_a_batch_is_processed_without_graphs() -> None:
    _, network = toy()
    passes = CountedPasses()
    graphed = GraphedNetwork(network, capture=passes, lengths=(64,))

    np.testing.assert_array_equal(graphed.logits(ROWS, PAD), network.logits(ROWS, PAD))
    assert passes.replayed == 0


def test_each_row_is_scaled_separately_in_8_bits() -> None:
    values = torch.randn(4, 64) * torch.tensor([[1e-4], [1.0], [1e4], [0.0]])

    small, scale = rounded_rows(values)

    assert small.float().abs().amax(dim=1)[:3].tolist() == [LARGEST] * 3
    # Three bits of mantissa: a value is rounded by a sixteenth of it at most.
    torch.testing.assert_close(small.float() * scale, values, rtol=1 / 16, atol=1e-7)


def test_an_8_bit_layer_multiplies_the_rounded_values() -> None:
    torch.manual_seed(0)
    plain = nn.Linear(64, 48, bias=False)
    hidden = torch.randn(2, 5, 64)

    found = Fp8Linear(plain)(hidden)

    rows, weight = (
        small.float() * scale
        for small, scale in (rounded_rows(hidden.reshape(10, 64)), rounded_rows(plain.weight))
    )
    torch.testing.assert_close(found, (rows @ weight.t()).reshape(2, 5, 48))
    error = (found - plain(hidden)).norm() / plain(hidden).norm()
    assert 0.005 < error < 0.06


def test_fp8_replaces_all_body_layers_but_not_the_head() -> None:
    model, network = toy("mistral-7b")
    before = network.logits(ROWS, PAD)

    assert use_fp8(model) == 7 * TOY_LAYERS
    after = network.logits(ROWS, PAD)

    assert network._head.weight.dtype is torch.float32
    assert 0 < np.abs(after - before).max() < before.std()


def test_a_failing_option_is_reported_in_one_line_and_other_errors_propagate() -> None:
    def fails() -> dict[str, object]:
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    assert attempt(fails) == {"error": "operation not permitted when stream is capturing"}
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: {"": 1 / 0})
