"""
CUDA graphs of single reviews: the kernels of one pass are launched together, not one by one.

For each of some lengths a pass over fixed memory is captured once; a review is copied there, padded
to the next of these lengths, and the pass is replayed. The worker does not use it: no GPU has shown
yet that it pays, nor that every kernel of a pass can be captured.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from worker.classifiers.language.network import Network

# Padded lengths: a review of average length has 55 to 80 tokens. Longer ones are not captured.
LENGTHS = (32, 48, 64, 96, 128, 192, 256)

# Kernels that are selected, or take memory, at their first runs must do so before the capture.
WARM_UP = 3

Work = Callable[[], torch.Tensor]
# Returns the result's memory, and a function that computes the result again.
Capture = Callable[[Work], tuple[torch.Tensor, Callable[[], object]]]


def capture_graph(work: Work) -> tuple[torch.Tensor, Callable[[], object]]:
    """Capture the kernels of `work` on the current GPU."""
    apart = torch.cuda.Stream()
    apart.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(apart):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream().wait_stream(apart)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()
    return result, graph.replay


def repeat_work(work: Work) -> tuple[torch.Tensor, Callable[[], object]]:
    """Do the same without a GPU: `work` runs again over the same memory."""
    result = work()
    return result, lambda: result.copy_(work())


@dataclass(frozen=True, slots=True)
class _Pass:
    """One captured pass: its memory, and how it is run."""

    ids: torch.Tensor
    mask: torch.Tensor
    last: torch.Tensor
    result: torch.Tensor
    replay: Callable[[], object]


class GraphedNetwork:
    """Reads single reviews by captured passes, and everything else as the network does."""

    def __init__(
        self, network: Network, *, capture: Capture, lengths: Sequence[int] = LENGTHS
    ) -> None:
        self._network = network
        self._lengths = sorted(lengths)
        with torch.inference_mode():
            # The longest first: the shorter ones then find the memory that they need.
            self._passes = {
                length: self._captured(length, capture) for length in reversed(self._lengths)
            }

    def _captured(self, length: int, capture: Capture) -> _Pass:
        device = self._network.device
        ids, mask = (torch.ones((1, length), dtype=torch.long, device=device) for _ in range(2))
        last = torch.tensor([length - 1], device=device)
        result, replay = capture(lambda: self._network.run(ids, mask, last))
        return _Pass(ids, mask, last, result, replay)

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        """Return a logit for each row of token ids and each class."""
        place = bisect_left(self._lengths, len(rows[0]))
        if len(rows) > 1 or place == len(self._lengths):
            return self._network.logits(rows, pad_id)
        (row,), length = rows, self._lengths[place]
        one = self._passes[length]
        with torch.inference_mode():
            one.ids.copy_(torch.tensor([[*row, *[pad_id] * (length - len(row))]]))
            one.mask.copy_(torch.arange(length)[None] < len(row))
            one.last.fill_(len(row) - 1)
            one.replay()
            found: NDArray[np.float32] = one.result.cpu().numpy().copy()
        return found
