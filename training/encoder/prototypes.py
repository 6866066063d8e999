"""
Makes the model of a company without labels: what the published encoder makes of the classes' words.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save as pack

from training.linear.guard import version_of
from training.linear.logistic_regression import MAX_TOKENS
from training.prediction.decisions import BEST_GUESS
from triage.manifest import Manifest, digest, made_for, write_manifest
from triage.review import LANGUAGES
from triage.taxonomy import Class, Taxonomy
from worker.classifiers.encoder.forward_pass import Floats
from worker.classifiers.encoder.taxonomy_model import (
    FEATURES_VERSION,
    KIND,
    PROTOTYPES,
    PublishedEncoder,
    ranked,
)
from worker.classifiers.protocol import SELF_TEST


def words_of(one: Class) -> list[str]:
    """Return what is said of a class: its title, and title with definition, in each language."""
    titles = [one.title.into(language) for language in LANGUAGES]
    definitions = [one.definition.into(language) for language in LANGUAGES]
    both = [f"{title}. {more}" for title, more in zip(titles, definitions, strict=True)]
    return [*titles, *both]


def prototypes(taxonomy: Taxonomy, encoder: PublishedEncoder) -> Floats:
    """Return the mean of what is said of each class, classes x features, rounded as stored."""
    means = np.array([encoder.vectors(words_of(one)).mean(axis=0) for one in taxonomy.classes])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means.astype(np.float16).astype(np.float32)


def save(folder: Path, taxonomy: Taxonomy, *, name: str) -> Manifest:
    """Write the model of `taxonomy` into `folder`."""
    encoder = PublishedEncoder()
    found = prototypes(taxonomy, encoder)
    tested = ranked(encoder.vectors([SELF_TEST.text]), found)[0]
    tensors = {"prototypes": found.astype(np.float16), "self_test": tested}
    (folder / PROTOTYPES).write_bytes(pack(tensors))
    sha256 = {PROTOTYPES: digest(folder / PROTOTYPES)}
    manifest = Manifest(
        name=name,
        version=version_of(sha256),
        kind=KIND,
        prompt=FEATURES_VERSION,
        **made_for(taxonomy),
        max_tokens=MAX_TOKENS,
        rule=BEST_GUESS,
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return manifest
