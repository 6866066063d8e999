"""Which rows a fit is measured on: a share of them, each class spread evenly. Pure."""

from collections.abc import Sequence

import numpy as np

from training.dataset import Row, label_matrix
from training.folds import Fold, split, text_key
from triage.taxonomy import Taxonomy


def hold_out(rows: Sequence[Row], taxonomy: Taxonomy, *, share: float, seed: int) -> Fold:
    """
    Return the rows to learn from, and about `share` of them to measure on, none for 0.

    Identical texts lie together. Raises BadFlag where there are too few different texts.
    """
    if share == 0:
        return Fold(np.arange(len(rows)), np.arange(0))
    keys = [text_key(row.review.text) for row in rows]
    folds = split(label_matrix(rows, taxonomy), keys, folds=round(1 / share), seed=seed)
    return next(iter(folds))
