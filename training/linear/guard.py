"""
Learns which texts an n-gram model can read, and writes that into the model's folder.

The share of known runs that is asked for comes from the texts themselves: each is compared with
what is known without it and its neighbours, and at most one in a hundred may be turned away.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from training.dataset.folds import text_key
from triage.manifest import Guard, digest
from worker.classifiers.familiarity import KNOWN_RUNS, Familiarity, learn_bits

# The share of texts like those learnt from that the guard may turn away.
TURNED_AWAY = 0.01

# Texts of other languages have hardly a third of their runs known, so no more than this is asked.
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
    """Return what a manifest says of the guard."""
    return None if familiarity is None else Guard(least_known=familiarity.least)


def version_of(sha256: Mapping[str, str]) -> str:
    """Return a version that names the weights: of one file the beginning of its digest."""
    digests = list(sha256.values())
    if len(digests) == 1:
        return digests[0][:DIGITS]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:DIGITS]
