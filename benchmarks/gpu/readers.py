"""
Two ways to read the same reviews with the same weights: the worker's, and the recipe's plain loop.

Both take rows of token ids in order of arrival.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.gpu.streaming import streamed
from worker.classifiers.language.network import Network

Rows = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """The logits, reviews x classes in order of arrival, and what was run for them."""

    logits: NDArray[np.float32]
    batches: int
    padded_tokens: int


def streaming(
    network: Network, rows: Rows, pad_id: int, *, window: int, max_tokens: int
) -> Reading:
    """Read as the worker does with a full window."""
    found: dict[int, NDArray[np.float32]] = {}
    batches = padded = 0
    for batch in streamed([len(row) for row in rows], window=window, max_tokens=max_tokens):
        places = [item.job for item in batch.items]
        logits = network.logits([rows[place] for place in places], pad_id)
        found.update(zip(places, logits, strict=True))
        batches += 1
        padded += batch.padded_tokens
    return Reading(np.stack([found[place] for place in range(len(rows))]), batches, padded)


def one_by_one(network: Network, rows: Rows, pad_id: int) -> Reading:
    """Read each review alone."""
    logits = np.concatenate([network.logits([row], pad_id) for row in rows])
    return Reading(logits, len(rows), sum(map(len, rows)))


def plain_loop(model: nn.Module, rows: Rows, pad_id: int, *, size: int) -> Reading:
    """
    Read in the order of arrival, `size` reviews at a time, through the whole model's own forward.

    As the recipes do: padded to the longest, the head over all positions, keys and values kept.
    """
    device = next(model.parameters()).device
    found = []
    padded = 0
    with torch.no_grad():
        for start in range(0, len(rows), size):
            part = [torch.tensor(row) for row in rows[start : start + size]]
            ids = nn.utils.rnn.pad_sequence(part, batch_first=True, padding_value=pad_id)
            ends = torch.tensor([len(row) for row in part])
            mask = (torch.arange(ids.shape[1]) < ends[:, None]).long()
            output = model(input_ids=ids.to(device), attention_mask=mask.to(device))
            found.append(output.logits.float().cpu().numpy())
            padded += ids.numel()
    return Reading(np.concatenate(found), len(found), padded)
