"""
Self-training: a second fit of the encoder, which also learns from the first model's answers.

The first model answers undisturbed texts without labels. The second encoder learns these answers
with dropout and hidden pieces, so it must find more signs of each class (Xie et al., Self-training
with Noisy Student, 2020). It answers frequent classes better than the first one and rare classes
worse; the mean of their weights is better than both.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from training.dataset.taught_reviews import TaughtReviews
from training.encoder.cpu_model import CpuParts, CpuRecipe, fit_encoder, mean_of_weights
from training.encoder.fine_tuning import EncoderRecipe
from triage.review import ReviewInput

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
    Return `first`, whose encoder also learnt its own answers to `unlabelled`.

    `draft` stores the finished second encoder. The n-grams stay: they learn nothing from answers.
    """
    second = fit_encoder(
        labelled,
        first.taxonomy,
        draft,
        seed=recipe.seed,
        recipe=student_recipe(recipe.encoder),
        answered=TaughtReviews(unlabelled, first.answers(unlabelled)),
    )
    return replace(first, tensors=mean_of_weights([first.tensors, second]))
