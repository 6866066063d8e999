"""
Out-of-fold probabilities of linear models.

Every row is scored once, by a model that was not fitted on its fold, with weights rounded as they
are stored.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import vstack
from tqdm import tqdm

from training.dataset.extra_rows import exclude_related
from training.dataset.folds import Fold
from training.dataset.review_files import Row, label_matrix
from training.linear.guard import learn_familiarity
from training.linear.logistic_regression import fit
from triage.taxonomy import Taxonomy
from worker.classifiers.familiarity import guarded
from worker.classifiers.linear import matrix
from worker.classifiers.protocol import Probabilities


def cross_fit(
    rows: Sequence[Row],
    parts: Iterable[Fold],
    taxonomy: Taxonomy,
    *,
    strength: float,
    extra: Sequence[Row] = (),
) -> Probabilities:
    """
    Return a probability for each row and class, from a model that was not fitted on the row.

    The `extra` rows are trained on and not measured; those made from a measured row, or identical
    to one, are left out of the training of its fold.
    """
    labels = label_matrix(rows, taxonomy)
    found = matrix([row.review for row in rows], taxonomy.rating)
    extra_labels = label_matrix(extra, taxonomy) if extra else labels[:0]
    extra_found = matrix([row.review for row in extra], taxonomy.rating)
    answered = np.full(labels.shape, np.nan, np.float32)
    for part in tqdm(list(parts), unit="fold", leave=False):
        kept = exclude_related(extra, [rows[p] for p in part.test])
        learnt = vstack([found[part.train], extra_found[kept]], format="csr")
        wanted = np.concatenate([labels[part.train], extra_labels[kept]])
        weights = fit(learnt, wanted, strength=strength)
        texts = [
            row.review.text for row in (*(rows[p] for p in part.train), *(extra[p] for p in kept))
        ]
        answered[part.test] = guarded(
            weights.probabilities(found[part.test]),
            [rows[p].review.text for p in part.test],
            learn_familiarity(texts),
        )
    assert not np.isnan(answered).any(), "a row is in no fold's test part"
    return answered
