"""
The guard against figures that a model reached on texts that it was trained on.

A model's folder says what it was trained on by the beginnings of SHA-256 of the texts' keys: small,
and no text can be read from it (that a text which one already has was among them can be). Every
command that reports a figure asks `check_unseen` first.
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from training.dataset.folds import Fold, text_key
from training.errors import BadData, Leak
from training.results.atomic_output import write_text

TRAINED_ON = "trained_on.json"

# Hexadecimal digits kept of each digest: among 10,000 texts of one file and 10,000 of another, two
# different ones are taken for the same once in three million times.
DIGITS = 12


class Seen(StrEnum):
    """Whether a figure is one for unseen texts; the value is said beside the figure."""

    NO = "unseen texts"
    YES = "TEXTS THAT IT WAS TRAINED ON"
    UNKNOWN = "texts of which nobody knows whether it was trained on them"

    @property
    def warning(self) -> str:
        """What is said behind a figure that needs a warning."""
        return "" if self is Seen.NO else f", {self}"


class TrainedOn(BaseModel):
    """The texts that a model, its teacher included, has learnt from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    keys: frozenset[str]

    def union(self, other: "TrainedOn") -> "TrainedOn":
        """Return the texts of both."""
        return TrainedOn(keys=self.keys | other.keys)


def text_digest(text: str) -> str:
    """Return what stands for a text and for all that count as identical to it."""
    return hashlib.sha256(text_key(text).encode()).hexdigest()[:DIGITS]


def trained_on(texts: Iterable[str]) -> TrainedOn:
    """Return what a model that learnt from `texts` says of itself."""
    return TrainedOn(keys=frozenset(map(text_digest, texts)))


def write_trained_on(path: Path, trained: TrainedOn) -> None:
    """Write the file; equal texts give equal bytes."""
    keys = ",\n".join(f'"{key}"' for key in sorted(trained.keys))
    write_text(path, f'{{"format": {trained.format}, "keys": [\n{keys}\n]}}\n')


def read_trained_on(path: Path) -> TrainedOn | None:
    """Return what the file says, None where there is none; BadData where it is spoilt."""
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
    Return whether `texts` were trained on; Leak where they were, or may have been, without `allow`.

    `whose` names the model in the message.
    """
    if trained is None:
        if not allow:
            raise Leak(
                f"{whose} does not say which texts it was trained on, so no figure is reported; "
                "--seen reports one that says so"
            )
        return Seen.UNKNOWN
    leaked = sum(text_digest(text) in trained.keys for text in texts)
    if not leaked:
        return Seen.NO
    if not allow:
        raise Leak(
            f"{whose} was trained on {leaked} of the {len(texts)} texts, so no figure is reported; "
            "measure on others, or let --seen report one that says so"
        )
    return Seen.YES


def check_folds(parts: Iterable[Fold], texts: Sequence[str], *, whose: str, allow: bool) -> Seen:
    """Do the same for out-of-fold answers: each part was answered by a model of the others."""
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
