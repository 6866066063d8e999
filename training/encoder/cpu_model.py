"""
Fits the CPU model's two parts, answers out of fold, and writes the model's folder.

Weights are rounded as they are stored, so whatever is measured with them is measured as served.
Each finished part is kept in the draft's folder: a fit that was interrupted goes on after it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from safetensors.numpy import save as pack

from training.dataset.extra_rows import exclude_related
from training.dataset.folds import Fold
from training.dataset.review_files import Row, label_matrix
from training.encoder.fine_tuning import CHECKPOINT, EncodedExamples, EncoderRecipe, fine_tune
from training.linear.guard import guard_of, learn_familiarity, version_of, write_familiarity
from training.linear.logistic_regression import MAX_TOKENS, fit, write_weights
from training.prediction.decisions import BEST_GUESS
from triage.manifest import Manifest, digest, made_for, write_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.blended_model import (
    ENCODER_WEIGHTS,
    FEATURES_VERSION,
    KIND,
    EncoderClassifier,
    blended,
    self_test,
)
from worker.classifiers.linear import LinearWeights, matrix
from worker.classifiers.protocol import Probabilities

Tensors = Mapping[str, NDArray[np.floating]]


def fit_encoder(
    rows: Sequence[Row], taxonomy: Taxonomy, draft: Path, *, seed: int, recipe: EncoderRecipe
) -> Tensors:
    """Return the encoder's tensors as they are stored; `draft` keeps them and each epoch."""
    finished = draft / ENCODER_WEIGHTS
    if not finished.exists():
        draft.mkdir(parents=True, exist_ok=True)
        examples = EncodedExamples.of(
            [row.review for row in rows], label_matrix(rows, taxonomy), taxonomy
        )
        found = fine_tune(examples, seed=seed, recipe=recipe, draft=draft)
        fresh = draft / f".{ENCODER_WEIGHTS}"
        fresh.write_bytes(pack({name: _stored(name, one) for name, one in found.items()}))
        fresh.replace(finished)
        (draft / CHECKPOINT).unlink(missing_ok=True)
    tensors: Tensors = load_file(finished)
    return tensors


def fit_ngrams(rows: Sequence[Row], taxonomy: Taxonomy, *, strength: float) -> LinearWeights:
    """Return the weights of the n-gram part."""
    reviews = [row.review for row in rows]
    return fit(matrix(reviews, taxonomy.rating), label_matrix(rows, taxonomy), strength=strength)


def out_of_fold(
    rows: Sequence[Row],
    parts: Sequence[Fold],
    extra: Sequence[Row],
    taxonomy: Taxonomy,
    draft: Path,
    *,
    strength: float,
    seed: int,
    recipe: EncoderRecipe,
) -> Probabilities:
    """Return a probability for each row and class from a model that did not see the row."""
    answered = np.full((len(rows), len(taxonomy.ids)), np.nan, np.float32)
    for number, part in enumerate(parts):
        print(f"fold {number + 1} of {len(parts)}", flush=True)
        measured = [rows[place] for place in part.test]
        kept = (extra[place] for place in exclude_related(extra, measured))
        learnt = [*(rows[place] for place in part.train), *kept]
        tensors = fit_encoder(learnt, taxonomy, draft / f"fold-{number}", seed=seed, recipe=recipe)
        reviews = [row.review for row in measured]
        ngrams = fit_ngrams(learnt, taxonomy, strength=strength)
        answered[part.test] = blended(
            ngrams.probabilities(matrix(reviews, taxonomy.rating)),
            EncoderClassifier.of(tensors, taxonomy).probabilities(reviews),
            [review.text for review in reviews],
            learn_familiarity(row.review.text for row in learnt),
        )
    assert not np.isnan(answered).any(), "a row is in no fold's test part"
    return answered


def save(
    folder: Path,
    ngrams: LinearWeights,
    tensors: Tensors,
    rows: Sequence[Row],
    taxonomy: Taxonomy,
    *,
    name: str,
) -> Manifest:
    """Write weights, guard and manifest of a model that was fitted on `rows` into `folder`."""
    tested = self_test(ngrams, EncoderClassifier.of(tensors, taxonomy))
    (folder / ENCODER_WEIGHTS).write_bytes(pack({**tensors, "self_test": tested}))
    familiarity = learn_familiarity(row.review.text for row in rows)
    sha256 = write_weights(folder, ngrams, taxonomy.rating)
    sha256[ENCODER_WEIGHTS] = digest(folder / ENCODER_WEIGHTS)
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
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return manifest


def _stored(name: str, tensor: NDArray[np.float32]) -> NDArray[np.floating]:
    return tensor if name == "bias" else tensor.astype(np.float16)
