"""A folder with a linear model that finds one class in every review."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.worker.samples import RULE, TAXONOMY
from triage.cascade import Ladder
from triage.manifest import Manifest, digest, made_for, write_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.linear import FEATURES_VERSION, KIND, WEIGHTS, columns

# What the model finds, as a log-odds of 2 for the first class and of -4 for the others.
FOUND = TAXONOMY.ids[0]


def write_model(folder: Path, *, kind: str = KIND, taxonomy: Taxonomy = TAXONOMY) -> Path:
    """Write the model into `folder` and return it."""
    folder.mkdir(exist_ok=True)
    bias = np.full(len(taxonomy.ids), -4, np.float32)
    bias[0] = 2
    tensors = {
        "slope": np.zeros((columns(taxonomy.rating), len(bias)), np.float16),
        "bias": bias,
        "self_test": (1 / (1 + np.exp(-bias))).astype(np.float32),
    }
    save_file(tensors, folder / WEIGHTS)
    manifest = Manifest(
        name="one-class",
        version="1",
        kind=kind,
        prompt=FEATURES_VERSION,
        **made_for(taxonomy),
        max_tokens=512,
        rule=RULE if taxonomy is TAXONOMY else Ladder(fallback="most_probable"),
        sha256={WEIGHTS: digest(folder / WEIGHTS)},
    )
    write_manifest(folder, manifest)
    return folder
