"""
Rows that are trained on and never measured: made by augmentation, labelled by a model, or both.

The digests of the texts that the labelling model was trained on are stored next to such a file, so
that the guard against leaks also finds a measured text that the teacher was trained on. A file that
is made from such a file has them too.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.dataset.folds import text_key
from training.dataset.leaks import (
    TRAINED_ON,
    TrainedOn,
    read_trained_on,
    text_digest,
    write_trained_on,
)
from training.dataset.review_files import Row, Unlabelled, read_rows
from training.dataset.rows_file import write_rows
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


def read_extra(files: Sequence[Path], taxonomy: Taxonomy) -> tuple[Row, ...]:
    """Return the rows of all files."""
    return tuple(row for path in files for row in read_rows(path, taxonomy, allow_made=True))


def read_made_by(files: Iterable[Path]) -> TrainedOn:
    """Return the texts that the models behind the rows of all files were trained on."""
    found = TrainedOn(keys=frozenset())
    for path in files:
        of_file = read_trained_on(_trained_on_path(path))
        found = found if of_file is None else found.union(of_file)
    return found


def write_made_rows(
    path: Path, rows: Sequence[Row], taxonomy: Taxonomy, *, made_by: TrainedOn
) -> None:
    """Write the rows, and store `made_by` with them as `read_made_by` reads it."""
    beside = _trained_on_path(path)
    if made_by.keys:
        write_trained_on(beside, made_by)
    write_rows(path, rows, taxonomy)
    if not made_by.keys:
        beside.unlink(missing_ok=True)  # it is of rows that were in `path` earlier


def exclude_related(
    extra: Sequence[Row] | Sequence[Unlabelled], measured: Sequence[Row]
) -> NDArray[np.intp]:
    """Return the positions of `extra` rows not made from `measured` rows or identical to one."""
    origins = {text_digest(row.review.text) for row in measured}
    kept = [
        place
        for place in exclude_identical([row.review for row in extra], measured)
        if extra[place].origin not in origins
    ]
    return np.array(kept, np.intp)


def exclude_identical(reviews: Sequence[ReviewInput], measured: Sequence[Row]) -> list[int]:
    """Return the positions of the reviews whose text is identical to no `measured` row's."""
    texts = {text_key(row.review.text) for row in measured}
    return [place for place, one in enumerate(reviews) if text_key(one.text) not in texts]


def _trained_on_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.{TRAINED_ON}")
