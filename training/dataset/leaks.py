"""
The guard against data leakage: metrics on texts that a model was trained on.

A model's folder lists the texts of its training by truncated SHA-256 digests of their keys. The
list is small, and no text can be read from it (membership of a known text can be tested). Every
command that reports a metric calls `check_unseen` first.
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from training.dataset.folds import Fold, text_key
from training.dataset.review_files import Row, Unlabelled
from training.errors import BadData, Leak
from training.results.atomic_output import write_text

TRAINED_ON = "trained_on.json"

# Hexadecimal digits kept of each digest: with 10,000 texts in each of two files, the probability of
# a collision between them is one in three million.
DIGITS = 12


class Seen(StrEnum):
    """Whether the measured texts are unseen; the value is printed with the metrics."""

    NO = "unseen texts"
    YES = "TEXTS THAT IT WAS TRAINED ON"
    UNKNOWN = "texts that it may have been trained on"

    @property
    def warning(self) -> str:
        """A suffix for metrics that need a warning, else empty."""
        return "" if self is Seen.NO else f", {self}"


class TrainedOn(BaseModel):
    """Digests of the texts that a model and its teacher were trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    keys: frozenset[str]

    def union(self, other: "TrainedOn") -> "TrainedOn":
        """Return the texts of both."""
        return TrainedOn(keys=self.keys | other.keys)


def text_digest(text: str) -> str:
    """Return a truncated digest, equal for identical texts."""
    return hashlib.sha256(text_key(text).encode()).hexdigest()[:DIGITS]


def trained_on(texts: Iterable[str]) -> TrainedOn:
    """Return the digests of `texts`."""
    return TrainedOn(keys=frozenset(map(text_digest, texts)))


def trained_on_rows(rows: Iterable[Row | Unlabelled]) -> TrainedOn:
    """Return the digests of the rows' texts, and of the texts that they were made from."""
    found = list(rows)
    origins = frozenset(row.origin for row in found if row.origin is not None)
    return TrainedOn(keys=trained_on(row.review.text for row in found).keys | origins)


def write_trained_on(path: Path, trained: TrainedOn) -> None:
    """Write the file; equal texts give equal bytes."""
    keys = ",\n".join(f'"{key}"' for key in sorted(trained.keys))
    write_text(path, f'{{"format": {trained.format}, "keys": [\n{keys}\n]}}\n')


def read_trained_on(path: Path) -> TrainedOn | None:
    """Return the content, None if there is no file; BadData if it is corrupt."""
    try:
        return TrainedOn.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as e:
        raise BadData(f"{path}: cannot be read; copy the whole folder again") from e


def check_unseen(
    trained: TrainedOn | None, texts: Sequence[str], *, whose: str, allow: bool
) -> Seen:
    """
    Return whether `texts` were trained on.

    Raises Leak if they were, or if it is unknown, unless `allow`. `whose` names the model in the
    message.
    """
    if trained is None:
        if not allow:
            raise Leak(
                f"{whose} does not say which texts it was trained on, so no metric is reported; "
                "--seen reports it with a warning"
            )
        return Seen.UNKNOWN
    leaked = sum(text_digest(text) in trained.keys for text in texts)
    if not leaked:
        return Seen.NO
    if not allow:
        raise Leak(
            f"{whose} was trained on {leaked} of the {len(texts)} texts, so no metric is reported; "
            "measure on other texts"
        )
    return Seen.YES


def check_folds(parts: Iterable[Fold], texts: Sequence[str], *, whose: str, allow: bool) -> Seen:
    """Check out-of-fold scores in the same way: each fold was scored by a model of the others."""
    found = {
        check_unseen(
            trained_on(texts[p] for p in part.train),
            [texts[p] for p in part.test],
            whose=f"{whose}, of fold {number},",
            allow=allow,
        )
        for number, part in enumerate(parts)
    }
    return Seen.YES if Seen.YES in found else Seen.NO
