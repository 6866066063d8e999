"""
Fits the regression on the examples of a taxonomy, over the published encoder's features.
"""

import numpy as np
from safetensors.numpy import save as pack
from scipy.sparse import csr_array

from training.dataset.review_files import label_matrix
from training.dataset.taxonomy_examples import example_rows
from training.encoder.class_words import words_of
from training.linear.logistic_regression import fit
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.taxonomy_model import (
    ENOUGH_EXAMPLES,
    FEATURE_SCALE,
    ExampleHead,
    PublishedEncoder,
)

# For each example, on half the squares of the coefficients. The strongest of those tried, 0.02 to
# 0.3: it ranks best, and its sure answers are right most often.
PENALTY = 0.3


def fit_head(taxonomy: Taxonomy, encoder: PublishedEncoder) -> ExampleHead | None:
    """
    Return a head fitted on the examples and on the words of the classes.

    None if no class has enough examples to be answered.
    """
    rows = example_rows(taxonomy)
    labels = label_matrix(rows, taxonomy)
    answered = labels.sum(axis=0) >= ENOUGH_EXAMPLES if rows else np.zeros(1, np.bool_)
    if not answered.any():
        return None
    words = [(place, one) for place, c in enumerate(taxonomy.classes) for one in words_of(c)]
    wanted = np.zeros((len(words), labels.shape[1]), labels.dtype)
    wanted[np.arange(len(words)), [place for place, _ in words]] = 1
    texts = [*(row.review.text for row in rows), *(one for _, one in words)]
    features = csr_array(encoder.vectors(texts) * FEATURE_SCALE)
    strength = 1 / (PENALTY * len(rows))
    weights = fit(features, np.concatenate([labels, wanted]), strength=strength)
    return ExampleHead(weights.slope, weights.bias, answered)


def packed(head: ExampleHead) -> bytes:
    """Return the head as it is stored."""
    return pack(
        {
            "slope": head.slope.astype(np.float16),
            "bias": head.bias,
            "answered": head.answered.astype(np.uint8),
        }
    )
