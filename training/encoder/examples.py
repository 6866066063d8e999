"""
Labelled texts as the encoder is fitted on them: piece ids, facts and targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.heads import facts_of
from worker.classifiers.encoder.published import load_tokenizer


@dataclass(frozen=True, slots=True)
class EncodedExamples:
    """Texts as piece ids, the facts of each, and a target of 0 to 1 for each class."""

    ids: Sequence[Sequence[int]]
    facts: NDArray[np.float32]
    targets: NDArray[np.float32]

    @classmethod
    def of(
        cls, reviews: Sequence[ReviewInput], targets: NDArray[Any], taxonomy: Taxonomy
    ) -> "EncodedExamples":
        """Return the examples of reviews, tokenised."""
        ids = load_tokenizer().batch([review.text for review in reviews])
        return cls(ids, facts_of(reviews, taxonomy), targets.astype(np.float32))

    def joined(self, other: "EncodedExamples") -> "EncodedExamples":
        """Return these examples and the others after them."""
        return EncodedExamples(
            [*self.ids, *other.ids],
            np.concatenate([self.facts, other.facts]),
            np.concatenate([self.targets, other.targets]),
        )
