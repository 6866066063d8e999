"""
The model of a company without labels: it knows the classes only from the taxonomy.

Without examples, a review's vector is compared with the vectors of each class's words. The ranking
is only a suggestion: every review goes to a person. With examples of the classes, a regression on
the encoder's features answers. A review goes to a person if its most probable class has too few
examples, if its language is unknown and the model is not sure, or if the encoder knows no piece of
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from triage.manifest import Manifest, check_manifest, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers import linear
from worker.classifiers.encoder.blended_model import SURE_ALONE
from worker.classifiers.encoder.forward_pass import SENTENCE_FEATURES, Encoder, Floats
from worker.classifiers.encoder.published import ENCODER_VERSION, load_tokenizer, load_weights
from worker.classifiers.familiarity import Familiarity, hand_over, load_familiarity
from worker.classifiers.protocol import SELF_TEST, Probabilities

KIND = "taxonomy"
FEATURES_VERSION = ENCODER_VERSION
PROTOTYPES = "prototypes.safetensors"

# Scales the cosines, which differ by a few hundredths, before they become probabilities.
SHARPNESS = 20.0

# The regression on examples; it exists if a class of the taxonomy has enough of them.
EXAMPLE_HEAD = "example_head.safetensors"

# The least number of examples of a class that is answered.
ENOUGH_EXAMPLES = 5

# Gives the 512 features of a vector of unit length a mean square of one.
FEATURE_SCALE = np.float32(SENTENCE_FEATURES**0.5)


@dataclass(frozen=True, slots=True)
class ExampleHead:
    """
    A logit for each class: `slope`, features x classes, on scaled vectors, and `bias`.

    `answered` is true for each class that has enough examples.
    """

    slope: Floats
    bias: Floats
    answered: NDArray[np.bool_]

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[np.generic]]) -> "ExampleHead":
        """Return the head of stored tensors."""
        slope, bias = (tensors[name].astype(np.float32) for name in ("slope", "bias"))
        return cls(slope, bias, tensors["answered"].astype(np.bool_))

    def probabilities(self, vectors: Floats) -> Probabilities:
        """Return a probability for each vector and class; scaled down if a person must answer."""
        found: Floats = expit(vectors * FEATURE_SCALE @ self.slope + self.bias).astype(np.float32)
        return hand_over(found, ~self.answered[found.argmax(axis=1)])


class PublishedEncoder:
    """The encoder as it was published: it turns texts into vectors of unit length."""

    def __init__(self) -> None:
        published = load_weights()
        self._encoder = Encoder(published.table, published.body, published.epsilon)
        self._tokenizer = load_tokenizer()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return a vector of SENTENCE_FEATURES for each text."""
        return self._encoder.sentences(self._tokenizer.batch(texts))

    def knows(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return for each text whether a piece of it is in the vocabulary; most emoji are not."""
        return np.array([self._tokenizer.knows(ids) for ids in self._tokenizer.batch(texts)], bool)


class TaxonomyClassifier:
    """A loaded and checked model; implements worker.classifiers.protocol.Classifier."""

    def __init__(
        self,
        manifest: Manifest,
        prototypes: Floats,
        encoder: PublishedEncoder,
        head: ExampleHead | None,
        familiarity: Familiarity | None,
    ) -> None:
        self._manifest = manifest
        self._prototypes = prototypes
        self._encoder = encoder
        self._head = head
        self._familiarity = familiarity

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        return self._manifest

    @property
    def look_ahead(self) -> int:
        """The number of jobs to hold."""
        return linear.LOOK_AHEAD

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a value for each review and class; only a head's value can lead to an answer."""
        texts = [review.text for review in reviews]
        found = given(self._encoder.vectors(texts), self._prototypes, self._head)
        unread = ~self._encoder.knows(texts)
        if self._familiarity is not None:
            unsure = found.max(axis=1, initial=0.0) <= SURE_ALONE
            unread |= self._familiarity.unread(texts) & unsure
        return hand_over(found, unread)

    def cost(self, review: ReviewInput) -> int:
        """Return the number of tokens that the review takes of a batch's budget."""
        return linear.cost_of(review)


def ranked(vectors: Floats, prototypes: Floats) -> Probabilities:
    """Return the classes' ranking for each vector, scaled down so that a person answers."""
    found = softmax(SHARPNESS * (vectors @ prototypes.T), axis=1)
    return hand_over(found, np.ones(len(found), np.bool_))


def given(vectors: Floats, prototypes: Floats, head: ExampleHead | None) -> Probabilities:
    """Return the values for vectors of reviews, unguarded; from the head if there is one."""
    return ranked(vectors, prototypes) if head is None else head.probabilities(vectors)


def load_from_taxonomy(folder: Path, taxonomy: Taxonomy) -> TaxonomyClassifier:
    """Return the model in `folder`, read and checked; raises what `load_cpu` raises."""
    manifest = read_manifest(folder)
    check_manifest(manifest, kind=KIND, prompt=FEATURES_VERSION, taxonomy=taxonomy)
    has_head = EXAMPLE_HEAD in manifest.sha256
    linear.check_files(folder, manifest, PROTOTYPES, *([EXAMPLE_HEAD] if has_head else []))
    classes = len(taxonomy.ids)
    expected = {
        "prototypes": f"float16 {(classes, SENTENCE_FEATURES)}",
        "self_test": f"float32 {(classes,)}",
    }
    tensors = linear.read_tensors(folder / PROTOTYPES, expected)
    prototypes = tensors["prototypes"].astype(np.float32)
    head = _load_head(folder, classes) if has_head else None
    encoder = PublishedEncoder()
    computed = given(encoder.vectors([SELF_TEST.text]), prototypes, head)[0]
    linear.check_self_test(folder / PROTOTYPES, computed, tensors["self_test"].astype(np.float32))
    familiarity = load_familiarity(folder, manifest)
    return TaxonomyClassifier(manifest, prototypes, encoder, head, familiarity)


def _load_head(folder: Path, classes: int) -> ExampleHead:
    expected = {
        "slope": f"float16 {(SENTENCE_FEATURES, classes)}",
        "bias": f"float32 {(classes,)}",
        "answered": f"uint8 {(classes,)}",
    }
    return ExampleHead.of(linear.read_tensors(folder / EXAMPLE_HEAD, expected))
