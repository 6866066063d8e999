"""
Probabilities that others published as CSV: a row for each review, a column for each class.

A class column is named by the class id, alone or at the end of its name (19, prob_19). A column
`index` names the reviews; without it the rows are in the order of the reviews.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.dataset.file_records import listed
from training.errors import BadData
from worker.classifiers.protocol import Probabilities

INDEX = "index"


def read_published(path: Path, classes: Sequence[int], indices: Sequence[int]) -> Probabilities:
    """Return a row for each of `indices` and a column for each class; BadData."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        columns = _class_columns(path, header, classes)
        values = np.array([[row[place] for place in columns] for row in rows], np.float32)
        places = _places(path, header, rows, indices)
    except OSError as e:
        raise BadData(f"{path}: {e.strerror}") from e
    except (ValueError, IndexError) as e:
        raise BadData(f"{path}: is not a table of probabilities: {e}") from e
    found: Probabilities = values[places]
    if not ((found >= 0) & (found <= 1)).all():
        raise BadData(f"{path}: holds values that are not probabilities from 0 to 1")
    if np.isin(found, (0, 1)).all():
        raise BadData(f"{path}: holds only 0 and 1, which are labels; name a file of probabilities")
    return found


def _class_columns(path: Path, header: Sequence[str], classes: Sequence[int]) -> list[int]:
    """Return the place of each class's column."""
    named = {
        int(found[1]): place
        for place, name in enumerate(header)
        if (found := re.search(r"(\d+)$", name.strip()))
    }
    missing = [class_id for class_id in classes if class_id not in named]
    if missing:
        classes_named = listed(map(str, missing))
        raise BadData(f"{path}: has no column whose name ends with class {classes_named}")
    return [named[class_id] for class_id in classes]


def _places(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], indices: Sequence[int]
) -> list[int]:
    """Return the place of each review's row."""
    if INDEX not in header:
        if len(rows) != len(indices):
            raise BadData(f"{path}: has {len(rows)} rows for {len(indices)} reviews")
        return list(range(len(rows)))
    column = header.index(INDEX)
    place = {int(row[column]): number for number, row in enumerate(rows)}
    missing = [index for index in indices if index not in place]
    if missing:
        raise BadData(f"{path}: has no row of index {missing[0]}")
    return [place[index] for index in indices]
