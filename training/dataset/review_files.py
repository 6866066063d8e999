"""
Reads reviews, labelled or unlabelled, from a file into frozen rows.

A file is CSV or JSON Lines, in UTF-8 or UTF-16, with the competition's columns
(training/dataset/competition_columns.py) or plain ones (training/dataset/plain_columns.py). A row
made from another one has the digest of that one's text in a column `origin`. An error names the
column, and the row as a spreadsheet counts (the header is row 1) or the line.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.dataset.competition_columns import (
    LABEL_PREFIX,
    REVIEW_COLUMNS,
    CompetitionColumns,
    is_competition,
)
from training.dataset.csv_records import csv_table
from training.dataset.file_format import TextFormat, encoding_of, format_of, not_decodable
from training.dataset.file_records import (
    Record,
    Table,
    check_columns,
    check_fields,
    shortened,
)
from training.dataset.json_records import json_table
from training.dataset.plain_columns import PLAIN_COLUMNS, PlainColumns
from training.errors import BadData
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

# Reviews x classes, 0 or 1; classes in the order of the taxonomy.
Labels = NDArray[np.int8]

ORIGIN_COLUMN = "origin"
# How an origin is written. Without the prefix a spreadsheet would change some digests to numbers.
ORIGIN_PREFIX = "sha256:"
KNOWN_COLUMNS = (*REVIEW_COLUMNS, *PLAIN_COLUMNS, ORIGIN_COLUMN, f"{LABEL_PREFIX}*")

# An index fits into 64 bits.
INDEX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A review without labels; `origin` as in `Row`."""

    index: int
    review: ReviewInput
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """
    A review with the ids of its classes.

    `origin` is the digest of the text that it was made from (`text_digest`), else None.
    """

    index: int
    review: ReviewInput
    classes: tuple[int, ...]
    origin: str | None = None


Columns = CompetitionColumns | PlainColumns
R = TypeVar("R", Row, Unlabelled)


def read_rows(
    path: Path, taxonomy: Taxonomy, separator: str | None = None, *, allow_made: bool = False
) -> tuple[Row, ...]:
    """
    Return all labelled rows in the file's order; BadData names the first error.

    A row that was made from another one is an error, unless `allow_made`: folds would separate it
    from its origin.
    """
    return _read(_stream_rows(path, taxonomy, separator, allow_made=allow_made), path)


def read_reviews(
    path: Path, taxonomy: Taxonomy, separator: str | None = None
) -> tuple[Unlabelled, ...]:
    """
    Return all rows in the file's order and ignore labels; BadData as above.

    A text may be empty: each row of a submission needs an answer, if only from rating and topics.
    """
    return _read(_stream_reviews(path, taxonomy, separator), path)


def label_matrix(rows: Sequence[Row], taxonomy: Taxonomy) -> Labels:
    """Return the rows' classes as zeros and ones, rows x classes."""
    answers = [row.classes for row in rows]
    return np.array([[c in given for c in taxonomy.ids] for given in answers], np.int8)


def support(rows: Sequence[Row], taxonomy: Taxonomy) -> tuple[int, ...]:
    """Return how many of the rows have each class, in the order of the taxonomy."""
    counts = Counter(class_id for row in rows for class_id in row.classes)
    return tuple(counts[class_id] for class_id in taxonomy.ids)


def stream_reviews(
    path: Path, taxonomy: Taxonomy, separator: str | None = None, *, skip: int = 0
) -> Iterator[Unlabelled]:
    """
    Yield the rows of a file of any length after the first `skip`, as `read_reviews` reads them.

    Duplicate indices are not detected: that would need all rows in memory.
    """
    for _, row in _stream_reviews(path, taxonomy, separator, skip=skip):
        yield row


def check_reviews(
    path: Path, taxonomy: Taxonomy, separator: str | None = None
) -> NDArray[np.int64]:
    """Check each row of a file of any length and return the indices in order; BadData."""
    found = array("q", (row.index for row in stream_reviews(path, taxonomy, separator)))
    indices = np.frombuffer(found, np.int64)
    if not len(indices):
        raise BadData(f"{path}: holds no reviews")
    if len(np.unique(indices)) < len(indices):
        read_reviews(path, taxonomy, separator)  # raises, and names both rows
        raise AssertionError(f"{path}: changed while it was read")
    return indices


@contextmanager
def open_table(path: Path, separator: str | None = None) -> Iterator[Table]:
    """Yield the file's records; inside the block, errors of reading it become BadData."""
    encoding = "utf-8"
    try:
        encoding = encoding_of(path)
        is_json = format_of(path, encoding) is TextFormat.JSON_LINES
        table = (
            json_table(path, encoding)
            if is_json
            else csv_table(path, encoding, KNOWN_COLUMNS, separator)
        )
        with closing(table.records):
            yield table
    except OSError as e:
        raise BadData(f"{path}: {e.strerror}") from e
    except UnicodeError as e:
        raise not_decodable(path, encoding) from e


def _stream_rows(
    path: Path, taxonomy: Taxonomy, separator: str | None, *, allow_made: bool
) -> Generator[tuple[Record, Row]]:
    with open_table(path, separator) as table:
        columns = _columns(table, taxonomy)
        expected = (*columns.review_columns, *columns.label_columns)
        check_columns(table, expected)
        columns.check_labels(table)
        index = _index_reader(table)
        for number, record in enumerate(table.records, start=1):
            check_fields(record, expected)
            classes, review = columns.classes(record), columns.review(record)
            if not review.text.strip():
                raise record.fault("text", "is empty")
            origin = _origin(record)
            if origin is not None and not allow_made:
                raise record.fault(
                    ORIGIN_COLUMN, "the row was made from another one; pass such rows with --extra"
                )
            yield record, Row(index(record, number), review, classes, origin)


def _stream_reviews(
    path: Path, taxonomy: Taxonomy, separator: str | None, *, skip: int = 0
) -> Generator[tuple[Record, Unlabelled]]:
    with open_table(path, separator) as table:
        columns = _columns(table, taxonomy)
        check_columns(table, columns.review_columns)
        index = _index_reader(table)
        for number, record in islice(enumerate(table.records, start=1), skip, None):
            check_fields(record, columns.review_columns)
            review = columns.review(record)
            yield record, Unlabelled(index(record, number), review, _origin(record))


def _read(rows: Generator[tuple[Record, R]], path: Path) -> tuple[R, ...]:
    seen: dict[int, str] = {}
    found: list[R] = []
    with closing(rows):
        for record, row in rows:
            if row.index in seen:
                first = seen[row.index].removeprefix(f"{path}, ")
                raise record.fault("index", f"{row.index} is already in {first}")
            seen[row.index] = record.where
            found.append(row)
    if not found:
        raise BadData(f"{path}: holds no reviews")
    return tuple(found)


def _columns(table: Table, taxonomy: Taxonomy) -> Columns:
    return (CompetitionColumns if is_competition(table.columns) else PlainColumns)(taxonomy)


def _index_reader(table: Table) -> Callable[[Record, int], int]:
    """Return the reader of a record's index; without a column it is the review's number."""
    return _index if "index" in table.columns else lambda record, number: number


def _index(record: Record, number: int) -> int:
    value = record.fields.get("index", "")
    return _whole(record, "index", value)


def _origin(record: Record) -> str | None:
    """Return the origin; None also for an unrelated column of this name in a plain file."""
    value = record.fields.get(ORIGIN_COLUMN, "").strip()
    if value.startswith(ORIGIN_PREFIX):
        return value.removeprefix(ORIGIN_PREFIX)
    # An earlier version wrote the row's index, in a file with the competition's columns. It may be
    # that of another row now, and the copy of a measured row would be trained on.
    if value and is_competition(tuple(record.fields)):
        raise record.fault(
            ORIGIN_COLUMN, f"{shortened(value)} is from an earlier version; run augment again"
        )
    return None


def _whole(record: Record, column: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise record.fault(column, f"{shortened(value)} is not a whole number")
    if len(value) > INDEX_DIGITS:
        raise record.fault(column, f"has {len(value)} digits, at most {INDEX_DIGITS} fit")
    return int(value)
