"""
The encoder and the heads as torch modules, with the weights' names of the numpy code.

It computes the same values as worker/classifiers/encoder, on padded batches: weights fitted here
are served there. The embedding table is not a parameter; the input rows are already embedded.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from worker.classifiers.encoder.forward_pass import (
    PIECE_FEATURES,
    SENTENCE_FEATURES,
    WINDOW_CHANNELS,
    WINDOWS,
)
from worker.classifiers.encoder.published import EMBEDDING

QUERY_SCALE = PIECE_FEATURES**-0.5

Arrays = Mapping[str, NDArray[np.float32]]


class TrainableEncoder(nn.Module):
    """The layers above the embedding table."""

    def __init__(self, body: Arrays, epsilon: float) -> None:
        super().__init__()
        self.weights = nn.ParameterDict({name: _parameter(body[name]) for name in sorted(body)})
        self._epsilon = epsilon

    def forward(self, embedded: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """
        Return features of the pieces, rows x pieces x PIECE_FEATURES, and of the whole texts.

        `embedded` is rows x pieces x EMBEDDING; `mask` is 1 for the pieces of a text and 0 for the
        padding at its end.
        """
        inside = mask[..., None].to(embedded.dtype)
        projected = self._project(embedded)
        branches = [
            self._branch(part * inside, inside, width, left)
            for part, (width, left) in zip(
                projected.split(WINDOW_CHANNELS, dim=-1), WINDOWS, strict=True
            )
        ]
        joined = torch.cat([embedded, *branches], dim=-1)
        pieces = functional.layer_norm(
            joined, (PIECE_FEATURES,), self.weights["ln_g"], self.weights["ln_b"], self._epsilon
        )
        return pieces, self._sentences(pieces * inside, inside.sum(dim=1))

    def _project(self, embedded: Tensor) -> Tensor:
        joined = {
            name: torch.cat([self.weights[f"{name}{width}"] for width, _ in WINDOWS], dim=-1)
            for name in ("proj", "proj_b", "ln_g", "ln_b")
        }
        projected = embedded @ joined["proj"] + joined["proj_b"]
        shape = (len(WINDOWS) * WINDOW_CHANNELS,)
        return functional.layer_norm(
            projected, shape, joined["ln_g"], joined["ln_b"], self._epsilon
        )

    def _branch(self, rows: Tensor, inside: Tensor, width: int, left: int) -> Tensor:
        for layer in ("1", "2"):
            padded = functional.pad(rows, (0, 0, left, width - 1 - left))
            shifted = [padded[:, start : start + rows.shape[1]] for start in range(width)]
            weight, bias = (self.weights[f"{kind}{layer}_{width}"] for kind in "wb")
            rows = (torch.relu(torch.cat(shifted, dim=-1) @ weight + bias) + rows) * inside
        return rows

    def _sentences(self, pieces: Tensor, count: Tensor) -> Tensor:
        weights = self.weights
        mean = (pieces.sum(dim=1) @ weights["cnn_W"] + count * weights["cnn_b"]) / count.sqrt()
        first = torch.relu(mean @ weights["d0"])
        second = torch.relu(mean @ weights["p1"] + first @ weights["d1"])
        third = torch.relu(second @ weights["d2"])
        found = torch.tanh(second @ weights["p3"] + third @ weights["d3"])
        squares = (found * found).sum(dim=1, keepdim=True)
        return found / squares.clamp(min=self._epsilon).sqrt()

    def body(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights as arrays."""
        return {name: _array(weight) for name, weight in self.weights.items()}


class TrainableHeads(nn.Module):
    """
    A logit for each class, from standardised features of the text, facts and attended pieces.

    The attention starts as the plain mean of the pieces, and the pieces' values start at zero. Its
    scores are divided by the square root of their number of terms, because a step of the optimiser
    would otherwise change them too much; the stored query includes this division.
    """

    def __init__(
        self, mean: Tensor, spread: Tensor, classes: int, *, facts: int, dropout: float
    ) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.sentence = nn.Parameter(torch.zeros(SENTENCE_FEATURES, classes))
        self.facts = nn.Parameter(torch.zeros(facts, classes))
        self.bias = nn.Parameter(torch.zeros(classes))
        self.query = nn.Parameter(torch.zeros(PIECE_FEATURES, classes))
        self.value = nn.Parameter(torch.zeros(PIECE_FEATURES, classes))
        self._dropout = nn.Dropout(dropout)

    def linear(self, sentences: Tensor, facts: Tensor) -> Tensor:
        """Return the logits without attention."""
        standard = (sentences - self.mean) / self.spread
        return self._dropout(standard) @ self.sentence + facts @ self.facts + self.bias

    def forward(self, pieces: Tensor, sentences: Tensor, mask: Tensor, facts: Tensor) -> Tensor:
        """Return the logits: rows x classes."""
        dropped = self._dropout(pieces)
        scores = (dropped @ self.query * QUERY_SCALE).masked_fill(mask[..., None] == 0, -torch.inf)
        attended = (scores.softmax(dim=1) * (dropped @ self.value)).sum(dim=1)
        return self.linear(sentences, facts) + attended

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by the names of worker.classifiers.encoder.heads, on raw features."""
        sentence = self.sentence / self.spread[:, None]
        bias = self.bias - self.mean @ sentence
        query = self.query * QUERY_SCALE
        named = {"sentence": sentence, "facts": self.facts, "query": query}
        return {
            name: _array(x) for name, x in (named | {"value": self.value, "bias": bias}).items()
        }


def padded(rows: list[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Return embedded texts of different lengths as one tensor, and the mask of their pieces."""
    lengths = [len(row) for row in rows]
    found = np.zeros((len(rows), max(lengths), EMBEDDING), np.float32)
    mask = np.zeros(found.shape[:2], np.float32)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return torch.from_numpy(found), torch.from_numpy(mask)


def _parameter(values: NDArray[np.float32]) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(values.copy()))


def _array(values: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = values.detach().numpy().astype(np.float32)
    return found
