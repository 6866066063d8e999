"""
Fits the CPU model's two parts, and writes the model's folder.

Weights are rounded as they are stored, so metrics are those of the served model. Each finished part
is stored in the draft's folder: an interrupted fit continues after it.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from safetensors.numpy import save as pack

from training.dataset.taught_reviews import TaughtReviews
from training.encoder.class_words import word_examples
from training.encoder.examples import EncodedExamples, FineTuningExamples
from training.encoder.fine_tuning import CHECKPOINT, EncoderRecipe, fine_tune
from training.encoder.makeup import AUTO, Makeup
from training.linear.guard import guard_of, learn_familiarity, version_of, write_familiarity
from training.linear.logistic_regression import MAX_TOKENS, fit, write_weights
from triage.manifest import Manifest, digest, made_for, write_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.blended_model import (
    ENCODER_WEIGHTS,
    FEATURES_VERSION,
    KIND,
    SHARE,
    EncoderClassifier,
    blended,
    self_test,
)
from worker.classifiers.familiarity import Familiarity
from worker.classifiers.linear import LinearWeights, matrix
from worker.classifiers.protocol import Probabilities

# The distance between the seeds of runs, so that fits with neighbouring seeds share none.
SEEDS_BETWEEN = 1_000

Tensors = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, slots=True)
class CpuRecipe:
    """
    The settings of a fit: the n-grams' inverse penalty, the seed, the encoder's recipe, the makeup.

    `makeup` is a name of MAKEUPS, or AUTO: then it is chosen by the rows.
    """

    strength: float
    seed: int
    encoder: EncoderRecipe
    makeup: str = AUTO

    def encoder_recipe(self, makeup: Makeup) -> EncoderRecipe:
        """Return the encoder's recipe; one run without an epoch if it is not fine-tuned."""
        return self.encoder if makeup.tuned else replace(self.encoder, epochs=0, runs=1)


@dataclass(frozen=True, slots=True)
class CpuParts:
    """
    The fitted parts of a model: weights of the n-grams, the encoder's tensors, guard, makeup.
    """

    taxonomy: Taxonomy
    ngrams: LinearWeights
    tensors: Tensors
    familiarity: Familiarity
    makeup: Makeup

    @property
    def encoder(self) -> EncoderClassifier:
        """The encoder as it is served."""
        return EncoderClassifier.of(self.tensors, self.taxonomy)

    def each(self, reviews: Sequence[ReviewInput]) -> tuple[Probabilities, Probabilities]:
        """Return the probabilities of the n-grams and those of the encoder."""
        found = self.ngrams.probabilities(matrix(reviews, self.taxonomy.rating))
        return found, self.encoder.probabilities(reviews)

    def answers(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return the probabilities that the model serves."""
        texts = [review.text for review in reviews]
        share = self.makeup.share
        return blended(*self.each(reviews), texts, self.familiarity, share=share)


def fit_as(
    taught: TaughtReviews, taxonomy: Taxonomy, draft: Path, recipe: CpuRecipe, makeup: Makeup
) -> CpuParts:
    """Return all parts of a model of this makeup; `draft` stores finished parts."""
    tensors = fit_encoder(
        taught, taxonomy, draft, seed=recipe.seed, recipe=recipe.encoder_recipe(makeup)
    )
    ngrams = fit(
        matrix(taught.reviews, taxonomy.rating),
        taught.targets,
        strength=recipe.strength,
        sample_weight=taught.weights,
    )
    familiarity = learn_familiarity(one.text for one in taught.reviews)
    return CpuParts(taxonomy, ngrams, tensors, familiarity, makeup)


def fit_encoder(
    taught: TaughtReviews,
    taxonomy: Taxonomy,
    draft: Path,
    *,
    seed: int,
    recipe: EncoderRecipe,
    answered: TaughtReviews | None = None,
) -> Tensors:
    """
    Return the encoder's tensors as they are stored; `draft` stores them and each epoch.

    The heads' first regression learns from `taught`, the fine-tuning also from `answered`.
    All runs of the recipe start from the same weights and differ in their random draws. The mean
    of their weights is more accurate than each run, and serving costs the same (Wortsman et al.,
    Model soups, 2022).
    """
    finished = draft / ENCODER_WEIGHTS
    if not finished.exists():
        examples = EncodedExamples.of(taught, taxonomy)
        words = word_examples(taxonomy, examples.facts.mean(axis=0))
        others = None if answered is None else EncodedExamples.of(answered, taxonomy)
        given = FineTuningExamples(examples, words, others)
        runs = []
        for number in range(recipe.runs):
            folder, drawn = draft / f"run-{number}", seed + number * SEEDS_BETWEEN
            runs.append(_fit_once(given, folder, seed=drawn, recipe=recipe))
        _write_tensors(finished, mean_of_weights(runs))
        for number in range(recipe.runs):
            shutil.rmtree(draft / f"run-{number}")
    tensors: Tensors = load_file(finished)
    return tensors


def mean_of_weights(fits: Sequence[Tensors]) -> Tensors:
    """Return the mean of fits that started from the same weights, rounded as it is stored."""
    whole = [{name: tensor.astype(np.float32) for name, tensor in one.items()} for one in fits]
    means = {name: np.mean([one[name] for one in whole], axis=0) for name in whole[0]}
    return {name: _stored(name, mean) for name, mean in means.items()}


def _fit_once(
    given: FineTuningExamples, draft: Path, *, seed: int, recipe: EncoderRecipe
) -> Tensors:
    """Return the tensors of one run in float32; `draft` stores them and each epoch."""
    finished = draft / ENCODER_WEIGHTS
    if not finished.exists():
        draft.mkdir(parents=True, exist_ok=True)
        found = fine_tune(given, seed=seed, recipe=recipe, draft=draft)
        _write_tensors(finished, found)
        (draft / CHECKPOINT).unlink(missing_ok=True)
    tensors: Tensors = load_file(finished)
    return tensors


def _write_tensors(path: Path, tensors: Tensors) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(pack(dict(tensors)))
    fresh.replace(path)


def save(folder: Path, parts: CpuParts, *, name: str) -> Manifest:
    """Write weights, guard and manifest of a fitted model into `folder`."""
    share, taxonomy = parts.makeup.share, parts.taxonomy
    tested = self_test(parts.ngrams, parts.encoder, share)
    more = {"self_test": tested, SHARE: np.array([share], np.float32)}
    (folder / ENCODER_WEIGHTS).write_bytes(pack({**parts.tensors, **more}))
    sha256 = write_weights(folder, parts.ngrams, taxonomy.rating)
    sha256[ENCODER_WEIGHTS] = digest(folder / ENCODER_WEIGHTS)
    sha256 |= write_familiarity(folder, parts.familiarity)
    manifest = Manifest(
        name=name,
        version=version_of(sha256),
        kind=KIND,
        prompt=FEATURES_VERSION,
        **made_for(taxonomy),
        max_tokens=MAX_TOKENS,
        rule=parts.makeup.rule(taxonomy),
        guard=guard_of(parts.familiarity),
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return manifest


def _stored(name: str, tensor: NDArray[np.float32]) -> NDArray[np.floating]:
    return tensor if name == "bias" else tensor.astype(np.float16)
