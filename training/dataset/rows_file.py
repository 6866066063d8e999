"""Writes labelled rows in the columns that training/dataset/review_files.py reads."""

import csv
from collections.abc import Sequence
from pathlib import Path

from training.dataset.competition_columns import LABEL_PREFIX, REVIEW_COLUMNS
from training.dataset.review_files import ORIGIN_COLUMN, ORIGIN_PREFIX, Row
from training.results.atomic_output import writing
from triage.taxonomy import Taxonomy


def write_rows(path: Path, rows: Sequence[Row], taxonomy: Taxonomy) -> None:
    """Write the file atomically."""
    header = [
        *REVIEW_COLUMNS,
        *(f"{LABEL_PREFIX}{class_id}" for class_id in taxonomy.ids),
        ORIGIN_COLUMN,
    ]
    with writing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        # csv of Python 3.11 quotes only the characters of this end of a line, so it needs both.
        lines = csv.writer(file, lineterminator="\r\n")
        lines.writerow(header)
        lines.writerows(_fields(row, taxonomy) for row in rows)


def _fields(row: Row, taxonomy: Taxonomy) -> list[object]:
    review = row.review
    tags = f"{{{','.join(review.tags)}}}" if review.tags else ""
    labels = [int(class_id in row.classes) for class_id in taxonomy.ids]
    rating = "" if review.rating is None else f"{review.rating}.0"
    origin = "" if row.origin is None else f"{ORIGIN_PREFIX}{row.origin}"
    return [row.index, rating, tags, review.text, *labels, origin]
