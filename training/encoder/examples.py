"""
Labelled texts to fit the encoder on: piece ids, facts and targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset.taught_reviews import TaughtReviews
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.heads import facts_of
from worker.classifiers.encoder.published import load_tokenizer


@dataclass(frozen=True, slots=True)
class EncodedExamples:
    """
    Texts as piece ids, the facts of each, a target of 0 to 1 for each class, and its weight.
    """

    ids: Sequence[Sequence[int]]
    facts: NDArray[np.float32]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, taught: TaughtReviews, taxonomy: Taxonomy) -> "EncodedExamples":
        """Return the examples of reviews, tokenised."""
        ids = load_tokenizer().batch([review.text for review in taught.reviews])
        counts = np.ones(len(ids)) if taught.weights is None else taught.weights
        return cls(
            ids,
            facts_of(taught.reviews, taxonomy),
            taught.targets.astype(np.float32),
            counts.astype(np.float32),
        )

    def joined(self, other: "EncodedExamples") -> "EncodedExamples":
        """Return these examples and the others after them."""
        return EncodedExamples(
            [*self.ids, *other.ids],
            np.concatenate([self.facts, other.facts]),
            np.concatenate([self.targets, other.targets]),
            np.concatenate([self.weights, other.weights]),
        )


@dataclass(frozen=True, slots=True)
class FineTuningExamples:
    """
    All that an encoder with its heads is fitted on.

    The heads start from a regression on `labelled` and on `words`, the texts of the classes. The
    fine-tuning learns from `labelled` and from `answered`, reviews with a model's answers.
    """

    labelled: EncodedExamples
    words: EncodedExamples
    answered: EncodedExamples | None = None

    @property
    def fine_tuned(self) -> EncodedExamples:
        """The examples of the fine-tuning."""
        return self.labelled if self.answered is None else self.labelled.joined(self.answered)
