"""
The CPU model: n-grams and a fine-tuned sentence encoder, whose probabilities are averaged.

The folder holds the n-gram weights in the linear model's format. A second file holds the encoder's
layers above the embedding table and the heads of all classes. The table, the published layers and
the vocabulary come from the package. This module does not fit weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from triage.manifest import Manifest, check_manifest, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers import linear
from worker.classifiers.encoder.forward_pass import Encoder, micro_batches
from worker.classifiers.encoder.heads import Heads, facts_of, features_of_tensors
from worker.classifiers.encoder.published import (
    ENCODER_VERSION,
    Body,
    Tokenizer,
    load_tokenizer,
    load_weights,
)
from worker.classifiers.familiarity import Familiarity, hand_over, load_familiarity
from worker.classifiers.linear import LinearWeights
from worker.classifiers.protocol import SELF_TEST, Probabilities

KIND = "cpu"
FEATURES_VERSION = f"{linear.FEATURES_VERSION}+{ENCODER_VERSION}"
ENCODER_WEIGHTS = "encoder.safetensors"

# The tensor with the encoder's weight in the mean.
SHARE = "share"

# Threshold of the encoder's best probability if the n-grams cannot read the text.
SURE_ALONE = 0.5


@dataclass(frozen=True, slots=True)
class EncoderClassifier:
    """A fine-tuned encoder with its heads: reviews to probabilities."""

    tokenizer: Tokenizer
    encoder: Encoder
    heads: Heads
    taxonomy: Taxonomy

    @classmethod
    def of(
        cls, tensors: Mapping[str, NDArray[np.floating]], taxonomy: Taxonomy
    ) -> "EncoderClassifier":
        """Return the classifier of stored tensors; BadModel if the package is missing."""
        published = load_weights()
        floats = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
        body: Body = {name: floats[name] for name in published.body}
        encoder = Encoder(published.table, body, published.epsilon)
        return cls(load_tokenizer(), encoder, Heads.of(floats), taxonomy)

    def probabilities(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a probability for each review and class; NaN for a text without known pieces."""
        ids = self.tokenizer.batch([review.text for review in reviews])
        facts = facts_of(reviews, self.taxonomy)
        found = np.zeros((len(reviews), len(self.heads.bias)), np.float32)
        for part in micro_batches(ids):
            found[part] = self.heads.logits(self.encoder.encode(ids[part]), facts[part])
        found[[not self.tokenizer.knows(one) for one in ids]] = np.nan
        return expit(found)


class CpuClassifier:
    """A loaded and checked CPU model; implements worker.classifiers.protocol.Classifier."""

    def __init__(
        self,
        manifest: Manifest,
        ngrams: LinearWeights,
        encoder: EncoderClassifier,
        familiarity: Familiarity | None,
        *,
        share: float,
    ) -> None:
        self._manifest = manifest
        self._ngrams = ngrams
        self._encoder = encoder
        self._familiarity = familiarity
        self._share = share

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        return self._manifest

    @property
    def look_ahead(self) -> int:
        """The number of jobs to hold."""
        return linear.LOOK_AHEAD

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a probability for each review and class."""
        ngrams = self._ngrams.probabilities(linear.matrix(reviews, self._encoder.taxonomy.rating))
        texts = [review.text for review in reviews]
        encoder = self._encoder.probabilities(reviews)
        return blended(ngrams, encoder, texts, self._familiarity, share=self._share)

    def cost(self, review: ReviewInput) -> int:
        """Return the number of tokens that the review takes of a batch's budget."""
        return linear.cost_of(review)


def mean_of(ngrams: Probabilities, encoder: Probabilities, *, share: float) -> Probabilities:
    """Return the mean, `share` of it the encoder's; for NaN of the encoder the n-grams' value."""
    known = np.where(np.isnan(encoder), ngrams, encoder)
    mean: Probabilities = ((1 - share) * ngrams + share * known).astype(np.float32)
    return mean


def blended(
    ngrams: Probabilities,
    encoder: Probabilities,
    texts: Sequence[str],
    familiarity: Familiarity | None,
    *,
    share: float,
) -> Probabilities:
    """
    Return the mean of both parts' probabilities; for a text that one part cannot read, the other's.

    The encoder cannot read most emoji: all of them are one unknown piece. It also gives values to
    languages that it does not know. So for a text that the n-grams cannot read, the encoder answers
    only if it is sure, and not with the class that the n-grams give to an unknown text. A person
    reads the others.
    """
    mean = mean_of(ngrams, encoder, share=share)
    if familiarity is None:
        return mean
    unread = familiarity.unread(texts)
    encoder = mean_of(ngrams, encoder, share=1.0)
    understood = encoder.max(axis=1, initial=0.0) > SURE_ALONE
    understood &= encoder.argmax(axis=1) != ngrams.argmax(axis=1)
    return hand_over(np.where(unread[:, None], encoder, mean), unread & ~understood)


def load_cpu(folder: Path, taxonomy: Taxonomy) -> CpuClassifier:
    """
    Return the model in `folder`, read and checked.

    Raises BadModel if the encoder's package is missing, ManifestMismatch if the model was made for
    other features or classes, and BadManifest if the files are not those that were measured, or
    give other results on this machine.
    """
    manifest = read_manifest(folder)
    check_manifest(manifest, kind=KIND, prompt=FEATURES_VERSION, taxonomy=taxonomy)
    linear.check_files(folder, manifest, linear.WEIGHTS, ENCODER_WEIGHTS)
    ngrams, _ = linear.read_linear_weights(folder, taxonomy)
    path = folder / ENCODER_WEIGHTS
    tensors = dict(linear.read_tensors(path, expected_tensors(taxonomy)))
    stored = tensors.pop("self_test").astype(np.float32)
    share = float(tensors.pop(SHARE)[0])
    encoder = EncoderClassifier.of(tensors, taxonomy)
    linear.check_self_test(path, self_test(ngrams, encoder, share), stored)
    familiarity = load_familiarity(folder, manifest)
    return CpuClassifier(manifest, ngrams, encoder, familiarity, share=share)


def self_test(ngrams: LinearWeights, encoder: EncoderClassifier, share: float) -> Probabilities:
    """Return the probabilities of both parts together for the self-test's review, unguarded."""
    found = ngrams.probabilities(linear.matrix([SELF_TEST], encoder.taxonomy.rating))
    given = encoder.probabilities([SELF_TEST])
    row: Probabilities = blended(found, given, (), None, share=share)[0]
    return row


def expected_tensors(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Return type and shape of each tensor in ENCODER_WEIGHTS by its name."""
    classes = len(taxonomy.ids)
    expected = {name: f"float16 {array.shape}" for name, array in load_weights().body.items()}
    expected |= {
        name: f"float16 {(width, classes)}" for name, width in features_of_tensors(taxonomy).items()
    }
    expected |= {"bias": f"float32 {(classes,)}", "self_test": f"float32 {(classes,)}"}
    return expected | {SHARE: f"float32 {(1,)}"}
