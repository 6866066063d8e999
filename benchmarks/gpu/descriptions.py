"""
The text and numbers of a report on a language model: plan, method and results.

Plain values in, plain values out; nothing is measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.gpu.random_weights import LOGIT_DEVIATION, LOGIT_MEAN
from benchmarks.gpu.readers import Reading
from benchmarks.gpu.shapes import configuration, parameters, recipe
from benchmarks.reviews.lengths import Lengths
from worker.classifiers.language.memory import WeightFormat

# The batch sizes of the recipes' own loops. Mistral's is unknown; the model is as large as the 9b.
PLAIN_BATCH: Mapping[str, int] = {"gemma-2-27b": 6, "gemma-2-9b": 32, "mistral-7b": 32}

# The type of all arithmetic except the head's.
COMPUTE = torch.bfloat16

METHOD: Mapping[str, str] = {
    "included": "forming batches, copying token ids to the device, the network, logits back",
    "not_included": "tokenisation, which the worker does in another thread; the sigmoid; the queue",
    "streaming": "worker.classifiers.language.network.Network over "
    "worker.classifiers.batching.form_batches with a full window, "
    "head in float32 on pooled positions",
    "plain_loop": "the whole model's forward under PEFT in order of arrival, padded to the longest "
    "of each batch, low-rank matrices in float32, head in bfloat16 over all positions",
    "share_of_peak": "2 FLOP for each weight of the inner linear layers and each token, without "
    "padding, over peak_matmul; adapter, attention scores and head are left out",
    "seconds": "wall clock of each repeat, device idle before and after; rates are of the median",
}


@dataclass(frozen=True, slots=True)
class InferencePlan:
    """The parameters of a run. The first of `budgets` is the one that is compared and checked."""

    preset: str
    device: str
    tiny: bool
    lengths: Lengths
    forms: Sequence[WeightFormat]
    budgets: Sequence[int]
    window: int
    plain_batch: int
    repeats: int
    warm_up: int
    latency_tokens: int
    latency_runs: int
    agreement: int
    seed: int
    options: bool = False  # whether graphs and 8-bit products are measured too
    plain_reviews: int | None = None  # how many of the reviews the plain loop reads; None: all


def rates(
    reading: Reading,
    *,
    reviews: int,
    tokens: int,
    time_s: float,
    flop_per_token: float,
    peak_flop_per_s: float,
) -> dict[str, float]:
    """Return the rates of `reviews` of `tokens` in `time_s`; padding is counted separately."""
    share = tokens * flop_per_token / time_s / peak_flop_per_s
    return {
        "batches": reading.batches,
        "reviews_per_s": round(reviews / time_s, 2),
        "tokens_per_s": round(tokens / time_s, 1),
        "share_of_peak": round(share, 4),
        "share_of_peak_with_padding": round(share * reading.padded_tokens / tokens, 4),
        "padding_waste": round(1 - tokens / reading.padded_tokens, 4),
    }


def times_plain_loop(forms: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return for each form how many times the plain loop's rate its first budget reaches."""
    plain: Mapping[str, Any] = next(
        (form["plain_loop"] for form in forms if "plain_loop" in form), {}
    )
    if "reviews_per_s" not in plain:
        return {}
    firsts = {form["form"]: form["streaming"][0] for form in forms if "streaming" in form}
    return {
        str(name): round(first["reviews_per_s"] / plain["reviews_per_s"], 2)
        for name, first in firsts.items()
        if "reviews_per_s" in first
    }


def describe_model(plan: InferencePlan) -> dict[str, object]:
    preset = recipe(plan.preset, tiny=plan.tiny)
    config = configuration(preset, tiny=plan.tiny)
    return {
        "preset": plan.preset,
        "tiny": plan.tiny,
        "weights": f"random, seed {plan.seed}, with a random adapter of the recipe",
        "parameters": parameters(config),
        "layers": config.num_hidden_layers,
        "hidden_size": config.hidden_size,
        "attention": preset.attention,
        "compute": str(COMPUTE).removeprefix("torch."),
    }


def describe_reviews(lengths: Lengths) -> dict[str, object]:
    tokens = lengths.tokens
    return {
        "count": len(tokens),
        "tokens": sum(tokens),
        "mean_tokens": round(sum(tokens) / len(tokens), 1),
        "longest_tokens": max(tokens),
        "lengths": lengths.source,
        "token_ids": "random",
    }


def describe_method(plan: InferencePlan) -> dict[str, object]:
    return {
        **METHOD,
        "window": plan.window,
        "plain_batch": plan.plain_batch,
        "plain_reviews": plan.plain_reviews or len(plan.lengths.tokens),
        "repeats": plan.repeats,
        "warm_up_reviews": plan.warm_up,
        "latency_tokens": plan.latency_tokens,
        "agreement_head": f"logits of mean {LOGIT_MEAN} and standard deviation "
        f"{LOGIT_DEVIATION} in each class, by a bias that real heads lack",
    }
