"""
Whether a text is in a language that the n-gram model has learnt; if not, a person reads it.

The language is recognised by runs of four letters: most runs of another language, script or
keyboard layout do not occur in the training reviews. Only a bit at the hash of each known run is
stored, so no text can be read from the table.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage.calibration import HANDED_OVER
from triage.errors import BadManifest
from triage.manifest import MANIFEST, Manifest
from worker.classifiers.normalization import normalize
from worker.classifiers.protocol import Probabilities

KNOWN_RUNS = "known_runs.bin"

LETTERS = 4

# Bits of the table. With 7,400 known runs, about one unknown run in eighteen shares a bit.
BITS = 2**17

# A run is known if this many texts have it, so that one customer's misspelling is not.
LEAST_TEXTS = 2

_WORD = re.compile(r"[^\W\d_]+")

# Parts of a normalized text whose letters are in no language: tags of HTML, addresses of pages and
# mailboxes, names of accounts. A domain without a scheme is Latin letters around dots. Each
# alternative starts at a border only, so the time is linear in the length of the text.
_NO_LANGUAGE = re.compile(
    r"</?[a-z][^<>]*>"
    r"|(?:https?://|www\.)\S+"
    r"|(?<![\w.+-])[\w.+-]{0,64}@\w[\w.-]*"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b(?:/\S*)?"
)
_NUMBER = "[num]"


@dataclass(frozen=True, slots=True)
class Familiarity:
    """
    The known runs of letters, and the share of a text's runs that must be known.

    `bits` holds BITS bits, eight in each byte.
    """

    bits: NDArray[np.uint8]
    least: float

    def known_share(self, text: str) -> float:
        """Return the share of the text's runs that are known; 1 if it has no letters."""
        places = np.fromiter(map(_place, runs(text)), np.int64)
        if not len(places):
            return 1.0
        found = (self.bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1
        return float(found.mean())

    def unread(self, texts: Iterable[str]) -> NDArray[np.bool_]:
        """Return for each text whether too few of its runs are known."""
        return np.array([self.known_share(text) < self.least for text in texts], np.bool_)


def runs(text: str) -> Iterator[str]:
    """
    Yield the runs of LETTERS characters inside each word and its borders.

    Words in tags and addresses count only if the text has no others.
    """
    whole = normalize(text).replace(_NUMBER, " ")
    for word in _WORD.findall(_NO_LANGUAGE.sub(" ", whole)) or _WORD.findall(whole):
        padded = f" {word} "
        for start in range(max(1, len(padded) - LETTERS + 1)):
            yield padded[start : start + LETTERS]


def learn_bits(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Return the bits of all runs that at least LEAST_TEXTS of the texts have."""
    counts = Counter(run for text in texts for run in set(runs(text)))
    bits = np.zeros(BITS // 8, np.uint8)
    for run, count in counts.items():
        if count >= LEAST_TEXTS:
            place = _place(run)
            bits[place >> 3] |= 1 << (place & 7)
    return bits


def hand_over(probabilities: Probabilities, rows: NDArray[np.bool_]) -> Probabilities:
    """
    Return the probabilities; those of `rows` are scaled down so that no rule answers them.

    Their order stays, so moderators still get ranked suggestions.
    """
    best = probabilities.max(axis=1, keepdims=True, initial=0.0)
    scale = np.where(rows[:, None], HANDED_OVER / np.maximum(best, HANDED_OVER), 1)
    return (probabilities * scale).astype(np.float32)


def guarded(
    probabilities: Probabilities, texts: Sequence[str], familiarity: Familiarity | None
) -> Probabilities:
    """Return the probabilities, scaled down for unread texts; unchanged without a guard."""
    if familiarity is None:
        return probabilities
    return hand_over(probabilities, familiarity.unread(texts))


def load_familiarity(folder: Path, manifest: Manifest) -> Familiarity | None:
    """Return the guard of the model in `folder`, or None if its manifest names none."""
    if manifest.guard is None:
        return None
    path = folder / KNOWN_RUNS
    if KNOWN_RUNS not in manifest.sha256:
        raise BadManifest(
            f"{folder / MANIFEST}: has no digest of {KNOWN_RUNS}; fit the model again"
        )
    bits = np.frombuffer(path.read_bytes(), np.uint8)
    if len(bits) != BITS // 8:
        raise BadManifest(f"{path}: holds {len(bits)} bytes, not {BITS // 8}; fit the model again")
    return Familiarity(bits, manifest.guard.least_known)


def _place(run: str) -> int:
    """Return a hash that is the same in every process and on every machine."""
    return zlib.crc32(run.encode()) % BITS
