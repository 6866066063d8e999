"""
Learns which texts an n-gram model can read, and writes the guard into the model's folder.

The required share of known runs comes from the texts themselves: each text is compared with the
runs of the other parts, and at most one text in a hundred may be below that share. It is never so
low that other languages pass.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from training.dataset.class_examples import FEW_TEXTS
from training.dataset.folds import text_key
from triage.manifest import Guard, digest
from worker.classifiers.familiarity import KNOWN_RUNS, Familiarity, learn_bits, runs

# The share of texts like the training texts that the guard may pass to a person.
TURNED_AWAY = 0.01

# In texts of other languages less than about a third of the runs is known, so this is enough.
MOST_ASKED = 0.5

# Models of up to 1,000 texts know at most 0.16 of the runs of a text in another language. A few
# texts may know as little of each other, so their least share is no measure; see docs/log.md.
LEAST_ASKED = 0.2

# A text of one or two short words has fewer runs, and a share of nearly all or nothing.
ENOUGH_RUNS = 8

# A guard that passes a larger share of the texts like the training texts to a person helps little.
MANY_UNKNOWN = 0.1

PARTS = 5

# Digits of a digest that make a version.
DIGITS = 8


def learn_familiarity(texts: Iterable[str], words: Iterable[str] = ()) -> Familiarity:
    """
    Return the guard of a model that was fitted on `texts` and on the `words` of its classes.

    Equal texts count once. Words are known, but a review is not as short as a title, so the
    required share does not depend on them.
    """
    reviews, others = _different(texts, words)
    shares = [share for text, share in _held_out(reviews, others) if _is_long(text)]
    return Familiarity(learn_bits([*reviews, *others]), _least(shares))


def warn_of_guard(texts: Iterable[str], words: Iterable[str] = ()) -> None:
    """
    Print a warning if `texts` are too few for a guard that knows their language.

    Fewer than FEW_TEXTS have a warning of their own.
    """
    reviews, others = _different(texts, words)
    if len(reviews) < FEW_TEXTS:
        return
    shares = _held_out(reviews, others)
    least = _least([share for text, share in shares if _is_long(text)])
    unknown = float(np.mean([share < least for _, share in shares]))
    if unknown > MANY_UNKNOWN:
        print(
            f"warning: too few texts for the language guard: it does not know about {unknown:.0%} "
            "of reviews like these and passes them to a person",
            file=sys.stderr,
        )


def _different(texts: Iterable[str], words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the texts and the words without repetitions."""
    reviews = {text_key(text): text for text in texts}
    others = {text_key(text): text for text in words}
    return list(reviews.values()), [text for key, text in others.items() if key not in reviews]


def _held_out(reviews: Sequence[str], others: Sequence[str]) -> list[tuple[str, float]]:
    """Return each review with the share of its runs that `others` and the other parts have."""
    found = []
    for part in range(PARTS):
        known = [text for place, text in enumerate(reviews) if place % PARTS != part]
        familiarity = Familiarity(learn_bits([*known, *others]), MOST_ASKED)
        found += [(text, familiarity.known_share(text)) for text in reviews[part::PARTS]]
    return found


def _is_long(text: str) -> bool:
    return sum(1 for _ in runs(text)) >= ENOUGH_RUNS


def _least(shares: Sequence[float]) -> float:
    """Return the share that all but TURNED_AWAY of the `shares` reach, within both limits."""
    least = float(np.quantile(shares, TURNED_AWAY, method="lower")) if shares else 0.0
    return round(min(MOST_ASKED, max(LEAST_ASKED, least)), 3)


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
