"""
The linear model: hashed n-grams of a review and one logistic regression per class, on the CPU.

Training and serving read a review through the one function `features`, so they cannot differ.
A change of its values requires a new FEATURES_VERSION; weights of another version are refused.
It knows nothing about how weights are fitted.
"""

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from scipy.sparse import csr_array
from scipy.special import expit
from snowballstemmer.russian_stemmer import RussianStemmer

from triage.errors import BadManifest
from triage.manifest import MANIFEST, Manifest, check_manifest, check_weights, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import RatingScale, Taxonomy
from worker.classifiers.familiarity import Familiarity, guarded, load_familiarity
from worker.classifiers.normalization import normalize
from worker.classifiers.protocol import SELF_TEST, Probabilities

KIND = "linear"

# The model does not pad: a window hides the round trips to Redis, and a small one leaves jobs to
# other workers.
LOOK_AHEAD = 64
FEATURES_VERSION = "ngrams-v1"
WEIGHTS = "weights.safetensors"

# Hashed n-grams and tags come first; more buckets were not better. The steps of the rating
# follow them in columns of their own.
BUCKETS = 2**16

# The share of each kind of feature, by cross-validation; see docs/log.md.
WORDS, STEMS, STEM_PAIRS, LETTERS, TAG, RATING_STEP = 0.7, 1.0, 0.5, 1.0, 0.8, 0.4

# The labelled reviews hide numbers behind a mask, customers write digits: both become this.
NUMBER = "0"
_NUMBER = re.compile(r"\[num\]|\d+")
_WORD = re.compile(r"\w+|[^\w\s]")  # an emoji or a punctuation mark is a word too

SELF_TEST_TOLERANCE = 1e-3


def columns(scale: RatingScale | None) -> int:
    """Return how many columns the features of reviews on this rating scale have."""
    return BUCKETS + (scale.steps if scale else 0)


def features(review: ReviewInput, scale: RatingScale | None) -> dict[int, float]:
    """
    Return the value of each of the `columns` that is not zero for `review`.

    The rating is a thermometer: each step that it reaches is a column. If no review of a
    rating was in the training data, the steps to it and from it always occurred together and have
    equal weights, so its scores are half-way between those of its neighbours.
    """
    words = _words(review.text)
    stems = [_stem(word) for word in words]
    found: defaultdict[int, float] = defaultdict(float)
    for kind, share, parts in (
        ("word", WORDS, words),
        ("stem", STEMS, stems),
        ("pair", STEM_PAIRS, [" ".join(pair) for pair in pairwise(stems)]),
        ("letters", LETTERS, _letters(words)),
    ):
        for part, value in _unit_length(parts).items():
            found[_bucket(kind, part)] += share * value
    for tag in dict.fromkeys(review.tags):
        found[_bucket("tag", tag)] += TAG
    for step, share in enumerate(scale.reached(review.rating) if scale else ()):
        if share:
            found[BUCKETS + step] = share * RATING_STEP
    return found


def matrix(reviews: Sequence[ReviewInput], scale: RatingScale | None) -> csr_array:
    """Return the features of all reviews: float32, reviews x `columns`."""
    rows = [features(review, scale) for review in reviews]
    places = [column for row in rows for column in row]
    values = [value for row in rows for value in row.values()]
    starts = np.cumsum([0] + [len(row) for row in rows], dtype=np.int32)
    return csr_array(
        (np.array(values, np.float32), np.array(places, np.int32), starts),
        shape=(len(rows), columns(scale)),
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(_NUMBER.sub(f" {NUMBER} ", normalize(text)))


@lru_cache(maxsize=2**16)
def _stem(word: str) -> str:
    # A stemmer has state, so threads must not share one. Words of other languages stay as they are.
    stem: str = RussianStemmer().stemWord(word)
    return stem


def _letters(words: Iterable[str]) -> list[str]:
    """Return the runs of two to four characters inside each word and its borders."""
    return [
        padded[start : start + length]
        for padded in (f" {word} " for word in words)
        for length in (2, 3, 4)
        for start in range(max(1, len(padded) - length + 1))
    ]


def _unit_length(parts: Iterable[str]) -> Mapping[str, float]:
    """Return the dampened count of each part, as a vector of length one."""
    values = {part: 1 + math.log(count) for part, count in Counter(parts).items()}
    length = math.sqrt(sum(value * value for value in values.values()))
    return {part: value / length for part, value in values.items()}


def _bucket(kind: str, part: str) -> int:
    """Return a hash that is the same in every process and on every machine."""
    return zlib.crc32(f"{kind} {part}".encode()) % BUCKETS


@dataclass(frozen=True, slots=True)
class LinearWeights:
    """The fitted weights: `slope`, `columns` x classes, and `bias`, one for each class; float32."""

    slope: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, rows: csr_array) -> Probabilities:
        """Return a probability for each row and class."""
        return expit(rows @ self.slope + self.bias)


class LinearClassifier:
    """A loaded and checked linear model; implements worker.classifiers.protocol.Classifier."""

    def __init__(
        self,
        manifest: Manifest,
        weights: LinearWeights,
        scale: RatingScale | None,
        familiarity: Familiarity | None = None,
    ) -> None:
        self._manifest = manifest
        self._weights = weights
        self._scale = scale
        self._familiarity = familiarity

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        return self._manifest

    @property
    def look_ahead(self) -> int:
        """The number of jobs to hold."""
        return LOOK_AHEAD

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a probability for each review and class."""
        found = self._weights.probabilities(matrix(reviews, self._scale))
        return guarded(found, [review.text for review in reviews], self._familiarity)

    def cost(self, review: ReviewInput) -> int:
        """Return the number of tokens that the review takes of a batch's budget."""
        return cost_of(review)


def cost_of(review: ReviewInput) -> int:
    """Return about as many tokens as a language model would need for the review."""
    return round(len(review.text) / 3.2 + 25)


def load_linear(folder: Path, taxonomy: Taxonomy) -> LinearClassifier:
    """
    Return the model in `folder`, read and checked.

    Raises ManifestMismatch if it was made for other features or classes, and BadManifest if
    the files are not those that were measured, or give other results on this machine.
    """
    manifest = read_manifest(folder)
    check_manifest(manifest, kind=KIND, prompt=FEATURES_VERSION, taxonomy=taxonomy)
    check_files(folder, manifest, WEIGHTS)
    weights, stored = read_linear_weights(folder, taxonomy)
    computed = weights.probabilities(matrix([SELF_TEST], taxonomy.rating))[0]
    check_self_test(folder / WEIGHTS, computed, stored)
    familiarity = load_familiarity(folder, manifest)
    return LinearClassifier(manifest, weights, taxonomy.rating, familiarity)


def check_files(folder: Path, manifest: Manifest, *names: str) -> None:
    """Raise BadManifest if a weights file has no digest, or is not the one that was measured."""
    for name in names:
        if name not in manifest.sha256:
            raise BadManifest(
                f"{folder / MANIFEST}: names no digest of {name}; fit the model again"
            )
    check_weights(folder, manifest)


def read_linear_weights(folder: Path, taxonomy: Taxonomy) -> tuple[LinearWeights, Probabilities]:
    """Return the weights in `folder`, and the stored probabilities of the self-test."""
    classes = len(taxonomy.ids)
    expected = {
        "slope": f"float16 {(columns(taxonomy.rating), classes)}",
        "bias": f"float32 {(classes,)}",
        "self_test": f"float32 {(classes,)}",
    }
    tensors = read_tensors(folder / WEIGHTS, expected)
    slope, bias = (tensors[name].astype(np.float32) for name in ("slope", "bias"))
    return LinearWeights(slope, bias), tensors["self_test"].astype(np.float32)


def read_tensors(path: Path, expected: Mapping[str, str]) -> Mapping[str, NDArray[np.floating]]:
    """
    Return the tensors of a weights file.

    `expected` are their types and shapes by name; BadManifest names a tensor that differs.
    """
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as e:
        raise BadManifest(f"{path}: {e}; copy the whole folder again") from e
    found = {name: f"{tensor.dtype} {tensor.shape}" for name, tensor in tensors.items()}
    if found != expected:
        raise BadManifest(f"{path}: holds {found}, not {expected}")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise BadManifest(f"{path}: {name} holds values that are not finite; fit it again")
    return tensors


def check_self_test(path: Path, computed: Probabilities, stored: Probabilities) -> None:
    """Raise BadManifest if the self-test's probabilities are not those that were stored."""
    worst = np.abs(computed - stored).max()
    if not worst <= SELF_TEST_TOLERANCE:
        raise BadManifest(
            f"{path}: a probability of the self-test is {worst:.4f} off, at most "
            f"{SELF_TEST_TOLERANCE} is allowed; install the pinned libraries or fit the model again"
        )
