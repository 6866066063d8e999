"""
Computes a logit for each class from the encoder's features.

A logit is a sum over the whole text, the topics, the rating and single pieces. Each class has its
own attention weights for the pieces; the weighted mean of the pieces' values is added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.forward_pass import (
    PIECE_FEATURES,
    SENTENCE_FEATURES,
    Encoded,
    Floats,
)

TENSORS = ("sentence", "facts", "query", "value", "bias")


def facts_count(taxonomy: Taxonomy) -> int:
    """Return the number of a review's facts besides its text: topics and rating steps."""
    return len(taxonomy.topics) + (taxonomy.rating.steps if taxonomy.rating else 0)


def features_of_tensors(taxonomy: Taxonomy) -> Mapping[str, int]:
    """Return the number of features of each tensor of the heads; a column is a class."""
    return {
        "sentence": SENTENCE_FEATURES,
        "facts": facts_count(taxonomy),
        "query": PIECE_FEATURES,
        "value": PIECE_FEATURES,
    }


@dataclass(frozen=True, slots=True)
class Heads:
    """
    The weights of all classes.

    `sentence`, `facts`, `query` and `value` are features x classes, `bias` has one value a class.
    """

    sentence: Floats
    facts: Floats
    query: Floats
    value: Floats
    bias: Floats

    @classmethod
    def of(cls, tensors: Mapping[str, Floats]) -> "Heads":
        """Return the heads from tensors that are named like the fields."""
        return cls(*(tensors[name] for name in TENSORS))

    def logits(self, encoded: Encoded, facts: Floats) -> Floats:
        """Return a logit for each text and class."""
        found: Floats = encoded.sentences @ self.sentence + facts @ self.facts + self.bias
        found += self._attention(encoded)
        return found

    def _attention(self, encoded: Encoded) -> Floats:
        starts = encoded.starts
        lengths = np.diff(np.append(starts, len(encoded.pieces)))
        scores = encoded.pieces @ self.query
        scores -= np.repeat(np.maximum.reduceat(scores, starts, axis=0), lengths, axis=0)
        weights = np.exp(scores)
        values = weights * (encoded.pieces @ self.value)
        found: Floats = np.add.reduceat(values, starts, axis=0)
        found /= np.add.reduceat(weights, starts, axis=0)
        return found


def facts_of(reviews: Sequence[ReviewInput], taxonomy: Taxonomy) -> Floats:
    """
    Return the facts of each review, 0 to 1: its topics, then the steps that its rating reaches.

    Unknown topics are ignored.
    """
    found = np.zeros((len(reviews), facts_count(taxonomy)), np.float32)
    for row, review in zip(found, reviews, strict=True):
        steps = taxonomy.rating.reached(review.rating) if taxonomy.rating else ()
        row[:] = [*(topic in review.tags for topic in taxonomy.topic_ids), *steps]
    return found
