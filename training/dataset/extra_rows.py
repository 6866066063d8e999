"""
Rows that are trained on and never measured: made by augmentation, labelled by a model, or both.

The digests of the texts that the labelling model was trained on are stored with such a file, so
that the guard against leaks also finds a measured text that the teacher was trained on.
"""

from collections.abc import Sequence
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
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


def read_extra(files: Sequence[Path], taxonomy: Taxonomy) -> tuple[tuple[Row, ...], TrainedOn]:
    """Return the rows of all files, and the texts that the models behind them were trained on."""
    rows = tuple(row for path in files for row in read_rows(path, taxonomy, allow_made=True))
    made_by = TrainedOn(keys=frozenset())
    for path in files:
        of_file = read_trained_on(_trained_on_path(path))
        made_by = made_by if of_file is None else made_by.union(of_file)
    return rows, made_by


def write_maker_trained_on(path: Path, made_by: TrainedOn) -> None:
    """Store, with the rows in `path`, the texts that the model behind them was trained on."""
    write_trained_on(_trained_on_path(path), made_by)


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
