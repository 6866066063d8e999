"""
Makes the model of a company without labels: the published encoder's vectors of the classes' words
and examples.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save as pack

from training.encoder.class_words import words_of
from training.encoder.example_head import fit_head, packed
from training.linear.guard import guard_of, learn_familiarity, version_of, write_familiarity
from training.linear.logistic_regression import MAX_TOKENS
from training.prediction.decisions import BEST_GUESS, common_threshold
from triage.manifest import Manifest, digest, made_for, write_manifest
from triage.taxonomy import Class, Taxonomy
from worker.classifiers.encoder.forward_pass import Floats
from worker.classifiers.encoder.taxonomy_model import (
    EXAMPLE_HEAD,
    FEATURES_VERSION,
    KIND,
    PROTOTYPES,
    PublishedEncoder,
    given,
)
from worker.classifiers.protocol import SELF_TEST


def prototypes(taxonomy: Taxonomy, encoder: PublishedEncoder) -> Floats:
    """
    Return the mean vector of each class's texts, classes x features, rounded as stored.

    An example counts as much as a title.
    """

    def mean(one: Class) -> Floats:
        found: Floats = encoder.vectors([*words_of(one), *one.examples]).mean(axis=0)
        return found

    means = np.array([mean(one) for one in taxonomy.classes])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means.astype(np.float16).astype(np.float32)


def examples_and_words(taxonomy: Taxonomy) -> tuple[list[str], list[str]]:
    """Return the examples and the words of all classes."""
    return (
        [text for one in taxonomy.classes for text in one.examples],
        [text for one in taxonomy.classes for text in words_of(one)],
    )


def save(folder: Path, taxonomy: Taxonomy, *, name: str) -> Manifest:
    """Write the model of `taxonomy` into `folder`."""
    encoder = PublishedEncoder()
    found = prototypes(taxonomy, encoder)
    head, familiarity = fit_head(taxonomy, encoder), None
    tested = given(encoder.vectors([SELF_TEST.text]), found, head)[0]
    tensors = {"prototypes": found.astype(np.float16), "self_test": tested}
    (folder / PROTOTYPES).write_bytes(pack(tensors))
    sha256 = {PROTOTYPES: digest(folder / PROTOTYPES)}
    if head is not None:
        (folder / EXAMPLE_HEAD).write_bytes(packed(head))
        sha256[EXAMPLE_HEAD] = digest(folder / EXAMPLE_HEAD)
        familiarity = learn_familiarity(*examples_and_words(taxonomy))
        sha256 |= write_familiarity(folder, familiarity)
    manifest = Manifest(
        name=name,
        version=version_of(sha256),
        kind=KIND,
        prompt=FEATURES_VERSION,
        **made_for(taxonomy),
        max_tokens=MAX_TOKENS,
        rule=BEST_GUESS if head is None else common_threshold(len(taxonomy.ids)),
        guard=guard_of(familiarity),
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return manifest
