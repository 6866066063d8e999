"""
Losses for reviews that have several classes each: pure functions of logits and labels.

All take rows x classes and return the mean over both, so that figures of different losses are of
one size and a batch may be split. They are computed in float32.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

Loss = Callable[[Tensor, Tensor], Tensor]

# A class with five examples in 4,000 would weigh 800 times; beyond this the few rows that have it
# would lead every step.
LARGEST_WEIGHT = 30.0

# Lin et al. 2017 (arXiv:1708.02002), section 5.1.
FOCUS = 2.0

# Ridnik et al. 2020 (arXiv:2009.14119), section 3: positives keep their gradient, easy negatives
# lose theirs, and what is below the margin counts as certainly absent.
FOCUS_POSITIVE, FOCUS_NEGATIVE, MARGIN = 0.0, 4.0, 0.05


def bce(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the binary cross-entropy."""
    return binary_cross_entropy_with_logits(logits.float(), labels.float())


def positive_weights(labels: Tensor, *, power: float = 1.0) -> Tensor:
    """
    Return a weight for each class: how many rows lack it for each that has it, to a power.

    1 gives presence and absence of a class one voice each, 0.5 is between that and none. At most
    LARGEST_WEIGHT; a class that no row has weighs nothing extra.
    """
    present = labels.float().sum(dim=0)
    ratio = (len(labels) - present) / present.clamp(min=1)
    weights = ratio.pow(power).clamp(max=LARGEST_WEIGHT)
    return torch.where(present > 0, weights, torch.ones_like(weights))


def weighted(logits: Tensor, labels: Tensor, *, weights: Tensor) -> Tensor:
    """Return the cross-entropy in which the presence of class k counts `weights[k]` times."""
    return binary_cross_entropy_with_logits(
        logits.float(), labels.float(), pos_weight=weights.to(logits.device)
    )


def focal(logits: Tensor, labels: Tensor, *, focus: float = FOCUS) -> Tensor:
    """Return -(1 - p)^focus log p, where p is the probability of what is true."""
    log_right = logsigmoid(torch.where(labels > 0.5, logits.float(), -logits.float()))
    return -((1 - log_right.exp()).pow(focus) * log_right).mean()


def asymmetric(
    logits: Tensor,
    labels: Tensor,
    *,
    focus_positive: float = FOCUS_POSITIVE,
    focus_negative: float = FOCUS_NEGATIVE,
    margin: float = MARGIN,
) -> Tensor:
    """Return the focal loss with a focus for each side, absence shifted by `margin`."""
    probability = logits.float().sigmoid()
    shifted = (probability - margin).clamp(min=0)
    present = (1 - probability).pow(focus_positive) * logsigmoid(logits.float())
    absent = shifted.pow(focus_negative) * torch.log1p(-shifted)
    return -torch.where(labels > 0.5, present, absent).mean()


_MADE: Mapping[str, Callable[[Tensor], Loss]] = MappingProxyType(
    {
        "bce": lambda _: bce,
        "weighted": lambda labels: partial(weighted, weights=positive_weights(labels)),
        "weighted-sqrt": lambda labels: partial(
            weighted, weights=positive_weights(labels, power=0.5)
        ),
        "focal": lambda _: focal,
        "asymmetric": lambda _: asymmetric,
    }
)


def loss_of(name: str, labels: Tensor) -> Loss:
    """Return one of recipes.LOSSES for the training rows' `labels`, rows x classes."""
    return _MADE[name](labels)
