"""How many operators one review launches, at the depth of the published models."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.models.gemma2.modeling_gemma2 import Gemma2RMSNorm

from benchmarks.gpu import random_weights
from benchmarks.gpu.shapes import SHAPES, configuration, recipe
from worker.classifiers.language.fused_norms import FusedNorm, fuse_norms
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement

# A GPU of the newest kind needs about 4 microseconds to launch a kernel.
MOST_OPERATORS = 2300

REVIEW = [(2, *range(4, 80), 1)]


class LaunchCounter(TorchDispatchMode):
    """Counts the operators that compute; views and new empty memory launch no kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.launches = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.launches += not (operator.is_view or operator.overloadpacket is torch.ops.aten.empty)
        return operator(*args, **(kwargs or {}))


def narrow_gemma(*, dequantised: bool) -> tuple[Network, int]:
    """Return a Gemma-2-9b of all layers but narrow ones, and the launches before optimising it."""
    preset = recipe("gemma-2-9b")
    config = configuration(preset, tiny=True)
    config.num_hidden_layers = SHAPES["gemma-2-9b"]["num_hidden_layers"]
    config.layer_types = [
        "sliding_attention" if layer % 2 == 0 else "full_attention"
        for layer in range(config.num_hidden_layers)
    ]
    placement = Placement("cpu", torch.bfloat16, dequantised)
    model = random_weights.random_base(config, preset, 50, placement, seed=0)
    random_weights.random_adapter(model, preset)
    network = Network(model, random_weights.head_of(model).float(), preset.pooling)
    before = launches(network)
    optimise_for_reading(model)
    return network, before


def launches(network: Network) -> int:
    with LaunchCounter() as counter:
        network.logits(REVIEW, 0)
    return counter.launches


@pytest.mark.parametrize("dequantised", [True, False], ids=["bf16", "nf4"])
def test_one_review_launches_few_operators_in_either_format(dequantised: bool) -> None:
    network, before = narrow_gemma(dequantised=dequantised)

    after = launches(network)

    assert after <= MOST_OPERATORS < before


def test_a_fused_norm_gives_the_result_of_the_library() -> None:
    norm = Gemma2RMSNorm(64, eps=1e-6)
    torch.nn.init.normal_(norm.weight)
    for dtype in (torch.float32, torch.bfloat16):
        norm.to(dtype)
        hidden = torch.randn(3, 5, 64, dtype=dtype)
        found = FusedNorm(norm)(hidden)
        assert found.dtype is dtype
        torch.testing.assert_close(found, norm(hidden))


def test_norms_of_other_architectures_are_not_fused() -> None:
    preset = recipe("mistral-7b")
    placement = Placement("cpu", torch.float32)
    model = random_weights.random_base(
        configuration(preset, tiny=True), preset, 6, placement, seed=0
    )
    assert fuse_norms(model) == 0
