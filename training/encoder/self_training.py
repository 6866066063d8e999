"""
Self-training: a second fit, which also learns from the first fit's answers to unlabelled reviews.

The first model answers undisturbed texts; the second learns these answers with dropout and random
pieces, so it must find more signs of each class (Xie et al., Self-training with Noisy Student,
2020). Labelled reviews keep their labels.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.dataset.taught_reviews import TaughtReviews
from training.encoder.cpu_model import CpuParts, CpuRecipe, fit_encoder
from training.encoder.fine_tuning import EncoderRecipe
from training.linear.logistic_regression import fit
from triage.review import ReviewInput
from worker.classifiers.linear import matrix

# The weight of an unlabelled review, where a labelled one has 1, for n-grams and encoder.
NGRAMS_WEIGHT = 0.3
ENCODER_WEIGHT = 1.0

# AdamW's rate for the encoder's layers. With answers as targets a higher one overfits less.
BODY_RATE = 5e-4


def student_recipe(recipe: EncoderRecipe) -> EncoderRecipe:
    """Return the recipe of the second fit: fewer epochs, because there are more reviews."""
    return replace(recipe, epochs=max(1, recipe.epochs // 2), runs=1, body_rate=BODY_RATE)


def self_trained(
    first: CpuParts,
    labelled: TaughtReviews,
    unlabelled: Sequence[ReviewInput],
    draft: Path,
    recipe: CpuRecipe,
) -> CpuParts:
    """
    Return the parts of a model that is fitted on `labelled` and on the answers of `first`.

    `draft` stores finished parts.
    """
    answers = first.answers(unlabelled)
    weights = np.ones(len(unlabelled))
    answered = TaughtReviews(unlabelled, answers, ENCODER_WEIGHT * weights)
    tensors = fit_encoder(
        labelled,
        first.taxonomy,
        draft,
        seed=recipe.seed,
        recipe=student_recipe(recipe.encoder),
        more=answered,
    )
    both = labelled.joined(replace(answered, weights=NGRAMS_WEIGHT * weights))
    ngrams = fit(
        matrix(both.reviews, first.taxonomy.rating),
        both.targets,
        strength=recipe.strength,
        sample_weight=both.weights,
    )
    return replace(first, ngrams=ngrams, tensors=tensors)
