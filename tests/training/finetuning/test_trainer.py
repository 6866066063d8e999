"""What the pinned libraries would do to a training, and that it is not done."""

from dataclasses import replace
from pathlib import Path

import bitsandbytes as bnb
import numpy as np
import pytest
import torch
from torch import nn

from tests.training.conftest import TinyBase
from tests.training.fits import CPU, plan, trainer_of
from tests.worker.classifiers.language.test_model import REVIEWS
from training.finetuning.adapting import FloatHead, save_adapter
from training.finetuning.recipes import PositiveWeight
from training.finetuning.trainer import cross_entropy, load_trainable, positive_weight
from training.loop.rows import mask, padded
from triage.manifest import BaseModelRef
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.adapter import read_adapter
from worker.classifiers.language.network import load_network
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.language.tokens import load_tokens

CLASSES = len(load_taxonomy().ids)


def trained(model: nn.Module) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}


def first_norm(base: Path, data: Path, draft: Path, *, batch: int, accumulation: int) -> float:
    """Return the gradient norm of the first step of `batch` times `accumulation` rows."""
    _, trainer = trainer_of(base, data, draft, plan(batch=batch, accumulation=accumulation))
    trainer.args.max_steps = 1
    trainer.train()
    norm: float = next(line["grad_norm"] for line in trainer.state.log_history)
    return norm


def test_gradient_accumulation_equals_one_large_batch(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    whole = first_norm(base, reviews_file, tmp_path / "1", batch=8, accumulation=1)
    parts = first_norm(base, reviews_file, tmp_path / "4", batch=2, accumulation=4)

    assert whole > 0
    assert parts == pytest.approx(whole, rel=1e-4)


def test_early_stopping_does_not_change_the_learning_rate_schedule(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    early = plan("gemma-2-27b", epochs=2, stop_after=1, batch=2, warmup=0)
    _, trainer = trainer_of(tiny_base("gemma-2-27b"), reviews_file, tmp_path, early)
    trainer.train()

    assert trainer.state.global_step == 9
    assert trainer.lr_scheduler.get_last_lr()[0] == pytest.approx(early.recipe.learning_rate / 2)


def run(base: Path, data: Path, draft: Path, *, evaluates: bool, packs: bool) -> nn.Module:
    """Return a model after three epochs, after each of which it was evaluated, or was not."""
    quick = plan(epochs=3, batch=4, accumulation=1, learning_rate=1e-2)
    model, trainer = trainer_of(base, data, draft, quick, validates=evaluates)
    if packs:
        for module in model.modules():
            if isinstance(module, bnb.nn.Linear4bit):
                module.support_avx512bf16_for_cpu = True
    trainer.train()
    return model


@pytest.mark.parametrize("preset", ["gemma-2-9b"])
def test_evaluation_between_epochs_does_not_change_the_weights(
    preset: str, tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base(preset)
    alone = run(base, reviews_file, tmp_path / "a", evaluates=False, packs=False)
    watched = run(base, reviews_file, tmp_path / "b", evaluates=True, packs=False)

    for name, weights in trained(alone).items():
        torch.testing.assert_close(trained(watched)[name], weights, rtol=0, atol=0, msg=name)


@pytest.mark.skipif(
    not bnb.nn.modules.has_avx512bf16(), reason="only processors with AVX512-BF16 repack weights"
)
@pytest.mark.filterwarnings("ignore:.*autograd kernel was not registered:UserWarning")
def test_repacked_weights_would_give_wrong_gradients(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    sound = run(base, reviews_file, tmp_path / "a", evaluates=True, packs=False)
    packed = run(base, reviews_file, tmp_path / "b", evaluates=True, packs=True)

    apart = [
        (trained(packed)[name] - weights).norm() / weights.norm()
        for name, weights in trained(sound).items()
    ]
    assert max(apart) > 0.1


@pytest.mark.parametrize("name", ["gemma-2-9b", "mistral-7b"])
def test_serving_gives_the_logits_of_the_trained_model(
    name: str, tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base, preset = tiny_base(name), PRESETS[name]
    quick = plan(name, epochs=3, batch=4, accumulation=1, learning_rate=1e-2)
    model, trainer = trainer_of(base, reviews_file, tmp_path / "draft", quick)
    trainer.train()
    tokens = load_tokens(base, preset, prompt=preset.prompts[0], max_tokens=512)
    rows = [tokens.ids(review) for review in REVIEWS]
    with torch.no_grad():
        whole = {"input_ids": padded(rows, tokens.pad_id), "attention_mask": mask(rows)}
        here = model.eval()(**whole).logits.numpy()
    (tmp_path / "adapter").mkdir()
    save_adapter(model, tmp_path / "adapter", BaseModelRef(id="some/base", revision="0" * 40))

    adapter = read_adapter(tmp_path / "adapter", classes=CLASSES)
    served = load_network(base, preset, adapter, CLASSES, CPU).logits(rows, tokens.pad_id)

    np.testing.assert_allclose(served, here, atol=1e-4)


def test_only_adapter_and_head_are_trained_in_float32(tiny_base: TinyBase) -> None:
    small = plan()
    assert small.lora is not None
    lora = replace(small.lora, layers=(1, 2))
    half = replace(CPU, compute=torch.bfloat16)
    model = load_trainable(tiny_base("gemma-2-9b"), replace(small, lora=lora), CLASSES, half)

    names = trained(model)
    layers = {name.split(".layers.")[1][0] for name in names if ".layers." in name}
    assert layers == {"1", "2"}
    assert {name.rpartition(".")[0] for name in names if ".layers." not in name} == {
        "base_model.model.score.modules_to_save.default"
    }
    assert {weights.dtype for weights in names.values()} == {torch.float32}
    frozen = {p.dtype for p in model.parameters() if not p.requires_grad}
    assert torch.bfloat16 in frozen


def test_positive_examples_of_frequent_classes_have_lower_weights() -> None:
    labels = np.array([[1, 0], [1, 0], [1, 1], [0, 0]], dtype=np.int8)
    weights = positive_weight(PositiveWeight.COMPLEMENT, labels)
    assert weights is not None
    assert weights.tolist() == [0.25, 0.75]
    assert positive_weight(PositiveWeight.NONE, labels) is None

    logits, wanted = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]])
    loss = cross_entropy(logits, wanted, weights)
    assert loss.item() == pytest.approx((0.25 + 1) / 2 * np.log(2))


def test_the_loss_is_the_mean_cross_entropy_in_float32() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.25], [-3.0, 0.0, 4.0]])
    labels = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    probabilities = logits.sigmoid()
    expected = -torch.where(labels == 1, probabilities, 1 - probabilities).log().mean()

    found = cross_entropy(logits.bfloat16(), labels)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected)


def test_the_loss_is_finite_for_extreme_logits_and_decreases_by_its_gradient() -> None:
    labels = torch.tensor([[1.0, 0.0, 1.0]])
    logits = torch.tensor([[2.0, -1.0, 0.25]], requires_grad=True)
    loss = cross_entropy(logits, labels)
    loss.backward()
    assert logits.grad is not None
    assert cross_entropy(logits - logits.grad, labels) < loss

    extreme = torch.tensor([[80.0, -80.0, -80.0]], requires_grad=True)
    found = cross_entropy(extreme, labels)
    found.backward()
    assert found.isfinite()
    assert extreme.grad is not None
    assert extreme.grad.isfinite().all()


def test_the_float_head_computes_in_float32_under_autocast() -> None:
    head = FloatHead(8, 3, bias=False)
    hidden = torch.randn(2, 8).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = head(hidden)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found, hidden.float() @ head.weight.T)
