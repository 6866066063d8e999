"""
Fits the linear model: one logistic regression per class over worker.classifiers.linear.features.

Fitting draws no random numbers: the same rows give the same bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as pack
from scipy.sparse import csr_array
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.dataset.review_files import Labels
from training.linear.guard import guard_of, version_of, write_familiarity
from training.prediction.decisions import BEST_GUESS
from triage.manifest import Manifest, QualityMetrics, digest, made_for, write_manifest
from triage.taxonomy import RatingScale, Taxonomy
from worker.classifiers.familiarity import Familiarity
from worker.classifiers.linear import (
    FEATURES_VERSION,
    KIND,
    WEIGHTS,
    LinearWeights,
    matrix,
)
from worker.classifiers.protocol import SELF_TEST

# The solver regularises the intercept like a weight. With this scale it hardly does, so that the
# intercept of a rare class can follow its frequency.
INTERCEPT_SCALING = 5.0

# A class without an example gets the log-odds of half an example.
UNSEEN = 0.5

# A teacher's probability this near to 0 or 1 is rounded to it: any other costs a second row, and
# most are this near.
NEGLIGIBLE = 0.005

# Reviews x classes, each value from 0 to 1.
Targets = NDArray[np.float32]

# No truncation: the cost of a review with the longest text that Telegram allows.
MAX_TOKENS = 1305


def fit(
    rows: csr_array,
    labels: Labels | Targets,
    *,
    strength: float,
    sample_weight: NDArray[np.float64] | None = None,
) -> LinearWeights:
    """
    Return the weights for `rows`, reviews x features, and `labels`, reviews x classes.

    Labels between 0 and 1 are a teacher's probabilities; each counts as that share of a positive
    and the rest of a negative. `sample_weight` is the weight of each review, 1 by default.
    `strength` is the inverse of the regularisation (C). The weights are rounded as they are stored,
    so that they are measured as they are served.
    """
    used = np.unique(rows.indices)
    narrow = rows[:, used]
    narrow.sort_indices()
    # The solver multiplies short vectors: BLAS threads make it twenty times slower, and the last
    # digits of its sums then depend on the number of cores.
    with threadpool_limits(1), ThreadPoolExecutor() as pool:
        fitted = list(pool.map(partial(_fit_class, narrow, strength, sample_weight), labels.T))
    slope = np.zeros((rows.shape[1], labels.shape[1]), np.float16)
    slope[used] = np.transpose([coefficients for coefficients, _ in fitted])
    bias = np.array([intercept for _, intercept in fitted], np.float32)
    return LinearWeights(slope.astype(np.float32), bias)


def _fit_class(
    rows: csr_array,
    strength: float,
    sample_weight: NDArray[np.float64] | None,
    wanted: NDArray[np.int8 | np.floating],
) -> tuple[NDArray[np.float64], float]:
    """Return the coefficients and the intercept of one class."""
    yes, no = np.flatnonzero(wanted > NEGLIGIBLE), np.flatnonzero(wanted < 1 - NEGLIGIBLE)
    if not len(yes) or not len(no):
        positives = float(len(yes))
        return np.zeros(rows.shape[1]), float(logit((positives + UNSEEN) / (len(wanted) + 1)))
    model = LogisticRegression(C=strength, solver="liblinear", intercept_scaling=INTERCEPT_SCALING)
    if len(yes) + len(no) == len(wanted):
        model.fit(rows, wanted > NEGLIGIBLE, sample_weight)
    else:
        shares = np.concatenate([wanted[yes], 1 - wanted[no]])
        if sample_weight is not None:
            shares = shares * np.concatenate([sample_weight[yes], sample_weight[no]])
        model.fit(rows[np.concatenate([yes, no])], np.repeat([1, 0], [len(yes), len(no)]), shares)
    return model.coef_[0], float(model.intercept_[0])


def save(
    folder: Path,
    weights: LinearWeights,
    taxonomy: Taxonomy,
    *,
    name: str,
    metrics: tuple[QualityMetrics, ...],
    familiarity: Familiarity | None = None,
) -> Manifest:
    """Write weights and manifest into `folder`; the version is the beginning of their digest."""
    sha256 = write_weights(folder, weights, taxonomy.rating)
    if familiarity is not None:
        sha256 |= write_familiarity(folder, familiarity)
    manifest = Manifest(
        name=name,
        version=version_of(sha256),
        kind=KIND,
        prompt=FEATURES_VERSION,
        **made_for(taxonomy),
        max_tokens=MAX_TOKENS,
        rule=BEST_GUESS,
        guard=guard_of(familiarity),
        metrics=metrics,
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return manifest


def write_weights(
    folder: Path, weights: LinearWeights, scale: RatingScale | None
) -> dict[str, str]:
    """Write the weights into `folder`, and return the digest of their file by its name."""
    tensors = {
        "slope": weights.slope.astype(np.float16),
        "bias": weights.bias,
        "self_test": weights.probabilities(matrix([SELF_TEST], scale))[0],
    }
    (folder / WEIGHTS).write_bytes(pack(tensors))
    return {WEIGHTS: digest(folder / WEIGHTS)}
