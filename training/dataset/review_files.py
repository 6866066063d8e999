"""
Reads reviews, labelled or unlabelled, from a CSV into frozen rows.

The columns are `index`, `assessment` (the rating), `tags`, `text` and, for each class of the
taxonomy, `trend_id_res<id>` with 0 or 1. A row made from another one names it in a column `origin`.
An error names the column, and the row as a spreadsheet counts (the header is row 1).
"""

import csv
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.errors import BadData
from triage.review import RATINGS, ReviewInput
from triage.taxonomy import Taxonomy

# Reviews x classes, 0 or 1; classes in the order of the taxonomy.
Labels = NDArray[np.int8]

REVIEW_COLUMNS = ("index", "assessment", "tags", "text")
LABEL_PREFIX = "trend_id_res"
ORIGIN_COLUMN = "origin"

# The first row below the header, as a spreadsheet counts.
FIRST_ROW = 2
# An index fits into 64 bits.
INDEX_DIGITS = 18

_TAGS = re.compile(r"(\{[A-Z][A-Z_]*(,[A-Z][A-Z_]*)*\}|\{\}|)")


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A review without labels."""

    index: int
    review: ReviewInput


@dataclass(frozen=True, slots=True)
class Row:
    """
    A review with the ids of its classes.

    `origin` is the index of the row that it was made from, else None.
    """

    index: int
    review: ReviewInput
    classes: tuple[int, ...]
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """A row's fields as text, and its file and row number."""

    where: str
    fields: dict[str, str]

    def fault(self, column: str, what: str) -> BadData:
        return BadData(f"{self.where}, column {column}: {what}")


R = TypeVar("R", Row, Unlabelled)


def read_rows(path: Path, taxonomy: Taxonomy) -> tuple[Row, ...]:
    """Return all labelled rows in the file's order; BadData names the first error."""
    labels = [f"{LABEL_PREFIX}{class_id}" for class_id in taxonomy.ids]

    def check(header: Sequence[str]) -> None:
        unknown = [n for n in header if n.startswith(LABEL_PREFIX) and n not in labels]
        if unknown:
            raise BadData(f"{path}, row 1: column {unknown[0]} is of a class outside the taxonomy")

    return _read(path, [*REVIEW_COLUMNS, *labels], partial(_row, taxonomy=taxonomy), check)


def read_reviews(path: Path) -> tuple[Unlabelled, ...]:
    """
    Return all rows in the file's order and ignore labels; BadData as above.

    A text may be empty: each row of a submission needs an answer, if only from rating and tags.
    """
    return _read(path, REVIEW_COLUMNS, _unlabelled)


def label_matrix(rows: Sequence[Row], taxonomy: Taxonomy) -> Labels:
    """Return the rows' classes as zeros and ones, rows x classes."""
    answers = [row.classes for row in rows]
    return np.array([[c in given for c in taxonomy.ids] for given in answers], np.int8)


def stream_reviews(path: Path, skip: int = 0) -> Iterator[Unlabelled]:
    """
    Yield the rows of a file of any length after the first `skip`, as `read_reviews` reads them.

    Duplicate indices are not detected: that would need all rows in memory.
    """
    for _, row in _stream(path, REVIEW_COLUMNS, _unlabelled, skip=skip):
        yield row


def check_reviews(path: Path) -> NDArray[np.int64]:
    """Check each row of a file of any length and return the indices in order; BadData."""
    found = array("q", (row.index for row in stream_reviews(path)))
    indices = np.frombuffer(found, np.int64)
    if not len(indices):
        raise BadData(f"{path}: holds no reviews")
    order = np.argsort(indices, kind="stable")
    again = order[1:][indices[order[1:]] == indices[order[:-1]]]
    if len(again):
        place = int(again.min())
        first = int(np.flatnonzero(indices == indices[place])[0])
        raise _duplicate_index(
            f"{path}, row {place + FIRST_ROW}", indices[place], first + FIRST_ROW
        )
    return indices


def _read(
    path: Path,
    expected: Sequence[str],
    read: Callable[[_Record], R],
    check: Callable[[Sequence[str]], None] = lambda header: None,
) -> tuple[R, ...]:
    seen: dict[int, int] = {}
    rows: list[R] = []
    for number, row in _stream(path, expected, read, check):
        if row.index in seen:
            raise _duplicate_index(f"{path}, row {number}", row.index, seen[row.index])
        seen[row.index] = number
        rows.append(row)
    if not rows:
        raise BadData(f"{path}: holds no reviews")
    return tuple(rows)


def _stream(
    path: Path,
    expected: Sequence[str],
    read: Callable[[_Record], R],
    check: Callable[[Sequence[str]], None] = lambda header: None,
    *,
    skip: int = 0,
) -> Iterator[tuple[int, R]]:
    """Yield each row with its number as a spreadsheet counts."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, None)
            if header is None:
                raise BadData(f"{path}: is empty")
            _check_header(path, header, expected)
            check(header)
            for number, values in islice(enumerate(lines, start=FIRST_ROW), skip, None):
                yield number, read(_record(f"{path}, row {number}", header, values))
    except OSError as e:
        raise BadData(f"{path}: {e.strerror}") from e
    except UnicodeDecodeError as e:
        line = _undecodable(path)
        raise BadData(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from e
    except csv.Error as e:
        raise BadData(f"{path}, line {lines.line_num}: not a CSV: {e}") from e


def _undecodable(path: Path) -> int:
    """Return the number of the first line, from 1, that is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    raise AssertionError(f"{path}: changed while it was read")


def _record(where: str, header: Sequence[str], values: Sequence[str]) -> _Record:
    if len(values) != len(header):
        raise BadData(f"{where}: has {len(values)} fields, the header has {len(header)}")
    return _Record(where, dict(zip(header, values, strict=True)))


def _duplicate_index(where: str, index: int, first: int) -> BadData:
    return _Record(where, {}).fault("index", f"{index} is already in row {first}")


def _check_header(path: Path, header: Sequence[str], expected: Sequence[str]) -> None:
    for what, columns in (
        ("is duplicated", [name for name in header if header.count(name) > 1]),
        ("is missing", [name for name in expected if name not in header]),
    ):
        if columns:
            raise BadData(f"{path}, row 1: column {columns[0]} {what}")


def _row(record: _Record, taxonomy: Taxonomy) -> Row:
    classes = _classes(record, taxonomy)
    return Row(_index(record), _review(record), classes, _origin(record))


def _unlabelled(record: _Record) -> Unlabelled:
    review = ReviewInput(_rating(record), _tags(record), record.fields["text"])
    return Unlabelled(_index(record), review)


def _review(record: _Record) -> ReviewInput:
    return ReviewInput(_rating(record), _tags(record), _text(record))


def _origin(record: _Record) -> int | None:
    value = record.fields.get(ORIGIN_COLUMN, "")
    if value and not (value.isascii() and value.isdigit()):
        raise record.fault(ORIGIN_COLUMN, f"{value!r} is no whole number")
    return int(value) if value else None


def _index(record: _Record) -> int:
    value = record.fields["index"]
    if not (value.isascii() and value.isdigit()):
        raise record.fault("index", f"{value!r} is no whole number")
    if len(value) > INDEX_DIGITS:
        raise record.fault("index", f"has {len(value)} digits, at most {INDEX_DIGITS} fit")
    return int(value)


def _rating(record: _Record) -> int:
    value = record.fields["assessment"]
    rating = re.fullmatch(r"([0-9])(\.0)?", value)
    if rating is None or int(rating[1]) not in RATINGS:
        raise record.fault("assessment", f"{value!r} is no rating from 0 to {RATINGS[-1]}")
    return int(rating[1])


def _tags(record: _Record) -> tuple[str, ...]:
    value = record.fields["tags"]
    if not _TAGS.fullmatch(value):
        raise record.fault("tags", f"{value!r} is not like {{DELIVERY,PRICE}}")
    return tuple(value.strip("{}").split(",")) if value.strip("{}") else ()


def _text(record: _Record) -> str:
    value = record.fields["text"]
    if not value.strip():
        raise record.fault("text", "is empty")
    return value


def _classes(record: _Record, taxonomy: Taxonomy) -> tuple[int, ...]:
    given = []
    for class_id in taxonomy.ids:
        column = f"{LABEL_PREFIX}{class_id}"
        value = record.fields[column]
        if value not in ("0", "1"):
            raise record.fault(column, f"{value!r} is neither 0 nor 1")
        if value == "1":
            given.append(class_id)
    return tuple(given)
