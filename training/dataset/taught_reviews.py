"""Reviews with their training targets: labels, or a teacher's probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Row, label_matrix
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class TaughtReviews:
    """
    Reviews, and a target of 0 to 1 for each review and class.

    `weights` are the reviews' weights, None if all are one.
    """

    reviews: Sequence[ReviewInput]
    targets: NDArray[np.int8] | NDArray[np.float32]
    weights: NDArray[np.float64] | None = None

    @classmethod
    def labelled(cls, rows: Sequence[Row], taxonomy: Taxonomy) -> "TaughtReviews":
        """Return labelled rows, all with weight one."""
        return cls([row.review for row in rows], label_matrix(rows, taxonomy))
