"""
Learns which texts an n-gram model can read, and writes the guard into the model's folder.

The required share of known runs comes from the texts themselves: each text is compared with the
runs of the other parts, and at most one text in a hundred may be below that share.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from training.dataset.folds import text_key
from triage.manifest import Guard, digest
from worker.classifiers.familiarity import KNOWN_RUNS, Familiarity, learn_bits

# The share of texts like the training texts that the guard may pass to a person.
TURNED_AWAY = 0.01

# In texts of other languages less than about a third of the runs is known, so this is enough.
MOST_ASKED = 0.5

PARTS = 5

# Digits of a digest that make a version.
DIGITS = 8


def learn_familiarity(texts: Iterable[str]) -> Familiarity:
    """Return the guard of a model that was fitted on `texts`; equal texts count once."""
    different = list({text_key(text): text for text in texts}.values())
    shares: list[float] = []
    for part in range(PARTS):
        others = (text for place, text in enumerate(different) if place % PARTS != part)
        known = Familiarity(learn_bits(others), MOST_ASKED)
        shares += [known.known_share(text) for text in different[part::PARTS]]
    least = float(np.quantile(shares, TURNED_AWAY, method="lower"))
    return Familiarity(learn_bits(different), round(min(MOST_ASKED, least), 3))


def write_familiarity(folder: Path, familiarity: Familiarity) -> dict[str, str]:
    """Write the known runs into `folder`, and return the digest of their file by its name."""
    (folder / KNOWN_RUNS).write_bytes(familiarity.bits.tobytes())
    return {KNOWN_RUNS: digest(folder / KNOWN_RUNS)}


def guard_of(familiarity: Familiarity | None) -> Guard | None:
    """Return the guard's entry in a manifest."""
    return None if familiarity is None else Guard(least_known=familiarity.least)


def version_of(sha256: Mapping[str, str]) -> str:
    """Return a version that identifies the weights; for one file, the start of its digest."""
    digests = list(sha256.values())
    if len(digests) == 1:
        return digests[0][:DIGITS]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:DIGITS]
