"""
Folds that are made once and saved, so that all commands use the same ones.

The file holds numbers only: the fold of each row, by the row's `index`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.dataset.folds import Fold, split, text_key
from training.dataset.review_files import Row, label_matrix
from training.errors import BadFlag, BadFolds
from training.results.atomic_output import write_text
from triage.manifest import digest
from triage.taxonomy import Taxonomy

# The fold that each row is measured in, in the order of the data.
FoldOf = NDArray[np.int16]


class FoldsFile(BaseModel):
    """The content of a file of folds, and the digest of its data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    data_sha256: str
    taxonomy: str  # digest
    seed: int
    count: int = Field(ge=2)
    identical_texts: Literal["together", "apart"]
    fold: dict[int, int]  # by the row's index


@dataclass(frozen=True, slots=True)
class Folds:
    """The folds of the rows of one data file; `how` describes how they were made."""

    fold_of: FoldOf
    count: int
    how: str

    def parts(self) -> Iterator[Fold]:
        """Yield each fold as positions to train on and to measure."""
        for fold in range(self.count):
            yield self.part(fold)

    def part(self, fold: int) -> Fold:
        """Return one fold; BadFlag if there is no fold of that number."""
        if not 0 <= fold < self.count:
            raise BadFlag(f"fold {fold}: the file has folds 0 to {self.count - 1}")
        return Fold(np.flatnonzero(self.fold_of != fold), np.flatnonzero(self.fold_of == fold))


def same_folds(one: FoldOf | None, other: FoldOf | None) -> bool:
    """Return whether both assign the same rows to the same folds, or neither has folds."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def make_folds(
    rows: Sequence[Row], data: Path, taxonomy: Taxonomy, *, count: int, seed: int, together: bool
) -> FoldsFile:
    """Split `rows`, read from `data`; BadFlag if there are fewer texts than folds."""
    keys = [text_key(row.review.text) for row in rows] if together else list(range(len(rows)))
    parts = split(label_matrix(rows, taxonomy), keys, folds=count, seed=seed)
    fold_of = {int(position): fold for fold, part in enumerate(parts) for position in part.test}
    return FoldsFile(
        data_sha256=digest(data),
        taxonomy=taxonomy.digest,
        seed=seed,
        count=count,
        identical_texts="together" if together else "apart",
        fold={row.index: fold_of[position] for position, row in enumerate(rows)},
    )


def write_folds(path: Path, folds: FoldsFile) -> None:
    """Write the file atomically."""
    write_text(path, folds.model_dump_json() + "\n")


def read_folds(path: Path, rows: Sequence[Row], data: Path) -> Folds:
    """Return the folds of `rows`, read from `data`; BadFolds if they are of another file."""
    try:
        file = FoldsFile.model_validate_json(path.read_bytes())
    except OSError as e:
        raise BadFolds(f"{path}: {e.strerror}; make it with: python -m training folds") from e
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise BadFolds(f"{path}: {where}: {first['msg']}") from e
    if file.data_sha256 != digest(data):
        raise BadFolds(f"{path}: was made for other data than {data}; make new folds for it")
    assert file.fold.keys() == {row.index for row in rows}, "equal digests, other rows"
    return Folds(
        fold_of=np.array([file.fold[row.index] for row in rows], np.int16),
        count=file.count,
        how=f"{file.count}-fold (seed {file.seed}), identical texts {_WHERE[file.identical_texts]}",
    )


_WHERE = {"together": "in one fold", "apart": "in any fold"}
