"""
The model of a company that has no labels yet: it ranks the classes by their titles and definitions.

A review is compared with what the published encoder makes of the words of each class. The order is
a suggestion, not an answer: every review goes to a person.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import softmax

from triage.manifest import Manifest, check_manifest, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers import linear
from worker.classifiers.encoder.forward_pass import SENTENCE_FEATURES, Encoder, Floats
from worker.classifiers.encoder.published import ENCODER_VERSION, load_tokenizer, load_weights
from worker.classifiers.familiarity import hand_over
from worker.classifiers.protocol import SELF_TEST, Probabilities

KIND = "taxonomy"
FEATURES_VERSION = ENCODER_VERSION
PROTOTYPES = "prototypes.safetensors"

# Spreads the cosines, which differ by a few hundredths, over the scale of probabilities.
SHARPNESS = 20.0


class PublishedEncoder:
    """The encoder as it was published: texts to vectors of unit length."""

    def __init__(self) -> None:
        published = load_weights()
        self._encoder = Encoder(published.table, published.body, published.epsilon)
        self._tokenizer = load_tokenizer()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return a vector of SENTENCE_FEATURES for each text."""
        return self._encoder.sentences(self._tokenizer.batch(texts))


class TaxonomyClassifier:
    """A loaded and checked model; implements worker.classifiers.protocol.Classifier."""

    def __init__(self, manifest: Manifest, prototypes: Floats, encoder: PublishedEncoder) -> None:
        self._manifest = manifest
        self._prototypes = prototypes
        self._encoder = encoder

    @property
    def manifest(self) -> Manifest:
        """What the model says of itself."""
        return self._manifest

    @property
    def look_ahead(self) -> int:
        """How many jobs are worth holding."""
        return linear.LOOK_AHEAD

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a value for each review and class; none is high enough for an answer."""
        vectors = self._encoder.vectors([review.text for review in reviews])
        return ranked(vectors, self._prototypes)

    def cost(self, review: ReviewInput) -> int:
        """Return how many tokens of a batch's budget the review takes."""
        return linear.cost_of(review)


def ranked(vectors: Floats, prototypes: Floats) -> Probabilities:
    """Return the classes' ranking for each vector of a review; every row is handed over."""
    found = softmax(SHARPNESS * (vectors @ prototypes.T), axis=1)
    return hand_over(found, np.ones(len(found), np.bool_))


def load_from_taxonomy(folder: Path, taxonomy: Taxonomy) -> TaxonomyClassifier:
    """Return the model in `folder`, read and checked; raises what `load_cpu` raises."""
    manifest = read_manifest(folder)
    check_manifest(manifest, kind=KIND, prompt=FEATURES_VERSION, taxonomy=taxonomy)
    linear.check_files(folder, manifest, PROTOTYPES)
    classes = len(taxonomy.ids)
    expected = {
        "prototypes": f"float16 {(classes, SENTENCE_FEATURES)}",
        "self_test": f"float32 {(classes,)}",
    }
    tensors = linear.read_tensors(folder / PROTOTYPES, expected)
    prototypes = tensors["prototypes"].astype(np.float32)
    classifier = TaxonomyClassifier(manifest, prototypes, PublishedEncoder())
    stored = tensors["self_test"].astype(np.float32)
    linear.check_self_test(folder / PROTOTYPES, classifier.classify([SELF_TEST])[0], stored)
    return classifier
