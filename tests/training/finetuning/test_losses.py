"""Each loss against its formula, computed the slow way."""

import math

import pytest
import torch

from training.finetuning.losses import (
    LARGEST_WEIGHT,
    asymmetric,
    bce,
    focal,
    loss_of,
    positive_weights,
    weighted,
)
from training.finetuning.recipes import LOSSES

LOGITS = torch.tensor([[2.0, -1.0, 0.3], [-3.0, 0.0, 4.0]])
LABELS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


def mean_over_all(term: object) -> float:
    """Return the mean of term(p, y) over all cells, p the probability and y the label."""
    cells = [
        term(1 / (1 + math.exp(-logit)), label)  # type: ignore[operator]
        for logits, labels in zip(LOGITS.tolist(), LABELS.tolist(), strict=True)
        for logit, label in zip(logits, labels, strict=True)
    ]
    return sum(cells) / len(cells)


def test_bce_is_the_mean_of_minus_log_of_what_is_true() -> None:
    expected = mean_over_all(lambda p, y: -math.log(p if y else 1 - p))
    assert bce(LOGITS, LABELS).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("focus", [0.0, 1.0, 2.0])
def test_focal_loses_what_is_easy(focus: float) -> None:
    def term(p: float, y: float) -> float:
        right = p if y else 1 - p
        return -((1 - right) ** focus) * math.log(right)

    found = focal(LOGITS, LABELS, focus=focus).item()
    assert found == pytest.approx(mean_over_all(term), rel=1e-5)


def test_asymmetric_shifts_absence_by_its_margin() -> None:
    def term(p: float, y: float) -> float:
        shifted = max(p - 0.05, 0)
        return -math.log(p) if y else -(shifted**4) * math.log(1 - shifted)

    assert asymmetric(LOGITS, LABELS).item() == pytest.approx(mean_over_all(term), rel=1e-5)


def test_asymmetric_without_focus_and_margin_is_bce() -> None:
    plain = asymmetric(LOGITS, LABELS, focus_negative=0, margin=0)
    assert plain.item() == pytest.approx(bce(LOGITS, LABELS).item(), rel=1e-5)


def test_a_positive_weighs_as_many_times_as_it_is_rarer() -> None:
    labels = torch.tensor([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])

    assert positive_weights(labels).tolist() == [3, 1, 0]
    assert positive_weights(labels, power=0.5)[0].item() == pytest.approx(math.sqrt(3))

    rare = torch.zeros(4000, 1)
    rare[0] = 1
    assert positive_weights(rare).tolist() == [LARGEST_WEIGHT]


def test_weights_count_presence_alone() -> None:
    weights = torch.tensor([3.0, 1.0, 2.0])
    expected = bce(LOGITS, LABELS).item()
    for column, weight in enumerate(weights.tolist()):
        present = LABELS[:, column] == 1
        lost = -torch.nn.functional.logsigmoid(LOGITS[present, column]).sum().item()
        expected += (weight - 1) * lost / LABELS.numel()

    assert weighted(LOGITS, LABELS, weights=weights).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_falls_along_its_gradient_and_bears_extremes(name: str) -> None:
    loss = loss_of(name, LABELS)
    logits = LOGITS.clone().requires_grad_()
    loss(logits, LABELS).backward()
    assert logits.grad is not None
    better = loss(LOGITS - logits.grad, LABELS)
    assert better < loss(LOGITS, LABELS)

    extreme = torch.tensor([[80.0, -80.0, -80.0], [80.0, -80.0, 80.0]]).requires_grad_()
    found = loss(extreme, LABELS)
    found.backward()
    assert found.isfinite()
    assert extreme.grad is not None
    assert extreme.grad.isfinite().all()
