"""
The encoder's forward pass in numpy, on texts that are already piece ids.

Cer et al., Universal Sentence Encoder (2018); Yang et al., Multilingual Universal Sentence Encoder
for Semantic Retrieval (2019). The pieces of several texts are in one matrix, so no text is padded;
a window that reaches beyond its text reads zeros there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from worker.classifiers.encoder.published import EMBEDDING, Body, EmbeddingTable

Floats = NDArray[np.float32]

# Width of each window and how many pieces it reaches to the left.
WINDOWS = ((2, 0), (3, 1), (5, 2))
WINDOW_CHANNELS = 256
PIECE_FEATURES = EMBEDDING + len(WINDOWS) * WINDOW_CHANNELS
SENTENCE_FEATURES = 512

# Pieces that are computed together: a larger number was not faster.
PIECES_AT_ONCE = 768

_LEFT = max(left for _, left in WINDOWS)
_RIGHT = max(width - 1 - left for width, left in WINDOWS)


@dataclass(frozen=True, slots=True)
class Encoded:
    """
    The encoder's features of some texts.

    `pieces` has PIECE_FEATURES for each piece of all texts, `starts` is the position of each text's
    first piece, `sentences` has SENTENCE_FEATURES of unit length for each text.
    """

    pieces: Floats
    starts: NDArray[np.int64]
    sentences: Floats


class Encoder:
    """Turns piece ids into features of pieces and of whole texts."""

    def __init__(self, table: EmbeddingTable, body: Body, epsilon: float) -> None:
        self._table = table
        self._epsilon = epsilon
        self._body = body
        widths = [width for width, _ in WINDOWS]
        self._projection = np.concatenate([body[f"proj{width}"] for width in widths], axis=1)
        self._projection_bias = np.concatenate([body[f"proj_b{width}"] for width in widths])
        self._gain = np.concatenate([body[f"ln_g{width}"] for width in widths])
        self._shift = np.concatenate([body[f"ln_b{width}"] for width in widths])

    def encode(self, texts: Sequence[Sequence[int]]) -> Encoded:
        """Return the features of texts that are not empty; all are computed in one pass."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ids = np.fromiter(chain.from_iterable(texts), np.int64, int(lengths.sum()))
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        pieces = self._pieces(ids, starts, lengths)
        return Encoded(pieces, starts, self._sentences(pieces, starts, lengths))

    def sentences(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Return the features of whole texts, a few texts at a time."""
        parts = [self.encode(texts[part]).sentences for part in micro_batches(texts)]
        return np.concatenate([np.zeros((0, SENTENCE_FEATURES), np.float32), *parts])

    def _pieces(
        self, ids: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> Floats:
        found = np.empty((len(ids), PIECE_FEATURES), np.float32)
        embedded = self._table.rows(ids)
        found[:, :EMBEDDING] = embedded
        projected = embedded @ self._projection
        projected += self._projection_bias
        _normalize(projected, self._gain, self._shift, self._epsilon)
        places = _window_places(starts, lengths)
        for number, (width, left) in enumerate(WINDOWS):
            columns = places[:, _LEFT - left : _LEFT - left + width]
            channels = slice(number * WINDOW_CHANNELS, (number + 1) * WINDOW_CHANNELS)
            hidden = projected[:, channels]
            for layer in ("1", "2"):
                weight, bias = (self._body[f"{kind}{layer}_{width}"] for kind in "wb")
                hidden = _convolve(hidden, columns, weight, bias)
            found[:, EMBEDDING:][:, channels] = hidden
        _normalize(found, self._body["ln_g"], self._body["ln_b"], self._epsilon)
        return found

    def _sentences(
        self, pieces: Floats, starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> Floats:
        body = self._body
        count = lengths.astype(np.float32)[:, None]
        mean = np.add.reduceat(pieces, starts, axis=0) @ body["cnn_W"]
        mean += count * body["cnn_b"]
        mean /= np.sqrt(count)
        first = np.maximum(mean @ body["d0"], 0)
        second = np.maximum(mean @ body["p1"] + first @ body["d1"], 0)
        third = np.maximum(second @ body["d2"], 0)
        found: Floats = np.tanh(second @ body["p3"] + third @ body["d3"])
        squares = np.einsum("ij,ij->i", found, found)
        found /= np.sqrt(np.maximum(squares, self._epsilon))[:, None]
        return found


def micro_batches(texts: Sequence[Sequence[int]]) -> Iterator[slice]:
    """Yield the slices of texts that are computed together: PIECES_AT_ONCE, or one long text."""
    first, pieces = 0, 0
    for place, ids in enumerate(texts):
        if place > first and pieces + len(ids) > PIECES_AT_ONCE:
            yield slice(first, place)
            first, pieces = place, 0
        pieces += len(ids)
    if first < len(texts):
        yield slice(first, len(texts))


def _normalize(rows: Floats, gain: Floats, shift: Floats, epsilon: float) -> None:
    """Apply layer normalisation to each row, in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1])
    rows /= np.sqrt(variance + np.float32(epsilon))[:, None]
    rows *= gain
    rows += shift


def _window_places(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Return the positions of the pieces in the widest window around each piece.

    Positions outside the piece's own text point to the row of zeros after the last piece.
    """
    count = int(lengths.sum())
    places = np.arange(count)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    first = np.repeat(starts, lengths)[:, None]
    end = np.repeat(starts + lengths, lengths)[:, None]
    return np.where((places >= first) & (places < end), places, count)


def _convolve(rows: Floats, places: NDArray[np.int64], weight: Floats, bias: Floats) -> Floats:
    """Return a convolution over the windows at `places`, with ReLU and a residual."""
    padded = np.concatenate([rows, np.zeros((1, rows.shape[1]), np.float32)])
    found: Floats = padded[places].reshape(len(rows), -1) @ weight
    found += bias
    np.maximum(found, 0, out=found)
    found += rows
    return found
