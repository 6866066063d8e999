"""
Whether decisions depend on the precision: 16 and 8 bits against float32, with equal weights.

A small random model in NF4, the same weights unpacked, and these rounded to 8 bits. The error of
NF4 itself is in all of them.
"""

from dataclasses import asdict
from functools import partial

import torch

from benchmarks.gpu import random_weights
from benchmarks.gpu.agreement import compare
from benchmarks.gpu.fp8_layers import lacks_fp8, use_fp8
from benchmarks.gpu.options import Report, attempt
from benchmarks.gpu.readers import Rows, one_by_one
from benchmarks.gpu.shapes import configuration, recipe
from benchmarks.reviews.lengths import random_rows, synthetic_lengths
from triage.cascade import Ladder
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement

PRESET = "gemma-2-9b"


def precision_agreement(device: str, *, reviews: int, seed: int) -> dict[str, object]:
    """Return the agreement of each precision with float32 arithmetic on a small model."""
    config = configuration(recipe(PRESET, tiny=True), tiny=True)
    tokens = synthetic_lengths(seed).tokens[:reviews]
    rows = random_rows(
        tokens, config.vocab_size, bos=config.bos_token_id, eos=config.eos_token_id, seed=seed
    )
    exact, head = _network(Placement(device, torch.float32, dequantised=True), rows, None, seed)
    expected = one_by_one(exact, rows, config.pad_token_id).logits
    found: dict[str, object] = {"model": f"toy of {PRESET}", "reviews": len(rows)}
    placements = {
        "bf16": Placement(device, torch.bfloat16, dequantised=True),
        "nf4": Placement(device, torch.bfloat16),
        "fp16": Placement(device, torch.float16, dequantised=True),
        "fp8": Placement(device, torch.bfloat16, dequantised=True),
    }

    def agreement(placement: Placement, *, rounds: bool) -> Report:
        network, _ = _network(placement, rows, head, seed, rounds=rounds)
        logits = one_by_one(network, rows, config.pad_token_id).logits
        return asdict(compare(expected, logits, Ladder(fallback="most_probable")))

    for name, placement in placements.items():
        rounds = name == "fp8"
        if not rounds or not lacks_fp8(device):
            found[name] = attempt(partial(agreement, placement, rounds=rounds))
    return found


def _network(
    placement: Placement,
    rows: Rows,
    head: torch.nn.Linear | None,
    seed: int,
    *,
    rounds: bool = False,
) -> tuple[Network, torch.nn.Linear]:
    """Return a network and its head; without a head, one whose logits are spread as real ones."""
    preset = recipe(PRESET, tiny=True)
    config = configuration(preset, tiny=True)
    classes = len(load_taxonomy().ids)
    model = random_weights.random_base(config, preset, classes, placement, seed=seed)
    optimise_for_reading(model)
    if rounds:
        use_fp8(model)
    if head is None:
        raw = Network(model, model.score.float(), preset.pooling)
        logits = one_by_one(raw, rows, config.pad_token_id).logits
        head = random_weights.spread(model.score, logits)
    return Network(model, head, preset.pooling), head
