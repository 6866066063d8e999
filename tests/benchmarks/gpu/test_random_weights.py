# The worker's module first: it shuts out a package that bitsandbytes would run.
from worker.classifiers.language.network import Network

# isort: split

import bitsandbytes as bnb
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel

from benchmarks.gpu import random_weights
from benchmarks.gpu.readers import one_by_one, plain_loop, streaming
from benchmarks.gpu.shapes import SHAPES, TOY_LAYERS, configuration, parameters, recipe
from worker.classifiers.language.placement import Placement

CLASSES = 6
ROWS = [(2, *range(4, 4 + plain), 1) for plain in (3, 40, 8, 21, 9, 30)]


def base(
    name: str,
    *,
    dequantised: bool = False,
    compute: torch.dtype = torch.float32,
    seed: int = 0,
) -> PreTrainedModel:
    placement = Placement("cpu", compute, dequantised)
    return random_weights.random_base(
        configuration(recipe(name), tiny=True), recipe(name), CLASSES, placement, seed=seed
    )


def adapted(name: str, *, dequantised: bool = False) -> tuple[Network, nn.Module]:
    """Return what the worker serves and the whole model under PEFT, of the same weights."""
    model = base(name, dequantised=dequantised)
    whole = random_weights.random_adapter(model, recipe(name, tiny=True))
    head = random_weights.head_of(model).float()
    return Network(model, head, recipe(name).pooling), whole


def logits(network: Network) -> NDArray[np.float32]:
    return one_by_one(network, ROWS, 0).logits


# Gemma's as counted in its report (arXiv:2408.00118) without embeddings; Mistral's is what is left
# of the 7,241,732,096 that its repository names once both embeddings are taken off.
@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("gemma-2-9b", 8_324_201_984),
        ("gemma-2-27b", 26_047_480_320),
        ("mistral-7b", 6_979_588_096),
    ],
)
def test_the_full_size_model_has_the_published_parameter_count(name: str, published: int) -> None:
    config = configuration(recipe(name))
    assert parameters(config) - config.vocab_size * config.hidden_size == published


def test_linear_parameters_exclude_embeddings_norms_and_adapter() -> None:
    model = base("gemma-2-9b")
    config = model.config
    heads = config.num_attention_heads + config.num_key_value_heads
    attention = 2 * config.hidden_size * config.head_dim * heads
    expected = TOY_LAYERS * (attention + 3 * config.hidden_size * config.intermediate_size)
    assert random_weights.linear_parameters(model) == expected

    random_weights.random_adapter(model, recipe("gemma-2-9b", tiny=True))
    assert random_weights.linear_parameters(model) == expected


@pytest.mark.parametrize("name", SHAPES)
def test_body_layers_are_quantised_and_the_head_is_not(name: str) -> None:
    model = base(name)
    quantised = [n for n, m in model.named_modules() if isinstance(m, bnb.nn.Linear4bit)]
    assert len(quantised) == 7 * TOY_LAYERS
    assert type(model.score) is nn.Linear
    left = {tensor.device.type for tensor in (*model.parameters(), *model.buffers())}
    assert left == {"cpu"}


def test_equal_seeds_give_equal_weights_and_other_seeds_other_weights() -> None:
    one, same, other = (base("gemma-2-9b", seed=seed) for seed in (0, 0, 1))
    for (name, a), (_, b) in zip(one.named_parameters(), same.named_parameters(), strict=True):
        assert torch.equal(a, b), name
    assert not torch.equal(one.score.weight, other.score.weight)


def test_a_seed_gives_the_same_weights_in_each_type_but_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    normal = torch.Tensor.normal_

    def as_in_older_versions(self: torch.Tensor, *given: float, **named: float) -> torch.Tensor:
        if self.dtype is not torch.float32:
            torch.rand(1)  # a generator that draws other numbers in other types
        return normal(self, *given, **named)

    monkeypatch.setattr(torch.Tensor, "normal_", as_in_older_versions)
    exact, rounded = (
        base("gemma-2-9b", dequantised=True, compute=dtype)
        for dtype in (torch.float32, torch.bfloat16)
    )
    for (name, a), b in zip(exact.named_parameters(), rounded.parameters(), strict=True):
        assert b.dtype is torch.bfloat16
        # Rounded values may get the next of the sixteen values of NF4.
        assert (a - b).norm() <= 0.05 * a.norm(), name


@pytest.mark.parametrize("name", SHAPES)
def test_unpacked_and_quantised_weights_give_equal_logits(name: str) -> None:
    packed, _ = adapted(name)
    unpacked, _ = adapted(name, dequantised=True)
    assert_array_equal(logits(packed), logits(unpacked))


def test_the_adapter_changes_the_logits_of_the_base() -> None:
    bare = base("gemma-2-9b")
    without = Network(bare, bare.score.float(), recipe("gemma-2-9b").pooling)
    adapter, _ = adapted("gemma-2-9b")
    assert np.abs(logits(without) - logits(adapter)).max() > 0.01


@pytest.mark.parametrize("name", SHAPES)
def test_streaming_and_plain_loop_give_equal_logits_in_arrival_order(name: str) -> None:
    network, whole = adapted(name)
    alone = logits(network)
    streamed = streaming(network, ROWS, 0, window=4, max_tokens=64)
    plain = plain_loop(whole, ROWS, whole.config.pad_token_id, size=4)
    assert streamed.batches > 2
    assert_allclose(streamed.logits, alone, atol=1e-4)
    assert_allclose(plain.logits, alone, atol=1e-4)


def test_a_spread_head_has_the_chosen_mean_and_deviation() -> None:
    network, whole = adapted("gemma-2-9b")
    head = whole.base_model.model.score.modules_to_save["default"]
    model = whole.base_model.model
    wide = random_weights.spread(head, logits(network))
    spread = logits(Network(model, wide, recipe("gemma-2-9b").pooling))
    assert_allclose(spread.mean(axis=0), random_weights.LOGIT_MEAN, atol=1e-3)
    assert_allclose(spread.std(axis=0), random_weights.LOGIT_DEVIATION, rtol=1e-3)
