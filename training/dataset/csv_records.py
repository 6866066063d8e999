"""
Reads the records of a CSV, with the separators and line ends that spreadsheets write.

Blank rows are skipped but counted. An error names the row as a spreadsheet counts (the header is
row 1), and also the line if a field with line breaks makes the two differ.
"""

import csv
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from training.dataset.file_records import Record, Table, column_name
from training.errors import BadData

SEPARATORS = (",", ";", "\t")

# No decoded text holds half of a surrogate pair, so this separates nothing.
NO_SEPARATOR = "\ud800"

# The most that the csv module accepts on every platform; its default is 131,072 characters.
FIELD_CHARACTERS = 2**31 - 1

# What Excel writes above the header to name the separator.
_NAMED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How the fields are separated, and how many lines come before the header."""

    separator: str
    skips_spaces: bool
    skipped_lines: int


class _Rows:
    """The rows of an open file; `where` names the row that was read last."""

    def __init__(self, path: Path, file: TextIO, dialect: _Dialect) -> None:
        for _ in range(dialect.skipped_lines):
            file.readline()
        self._path, self._skipped = path, dialect.skipped_lines
        self._reader = csv.reader(
            file,
            delimiter=dialect.separator,
            skipinitialspace=dialect.skips_spaces,
            strict=True,
        )
        self._row, self._line = 0, 0

    @property
    def where(self) -> str:
        row, line = self._row, self._line + self._skipped
        return f"{self._path}, row {row}" + (f" (line {line})" if line != row else "")

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        """Return the next row that is not blank; BadData."""
        while True:
            self._row, self._line = self._row + 1, self._reader.line_num + 1
            try:
                values = next(self._reader)
            except csv.Error as e:
                raise BadData(f"{self.where}: not a CSV: {_reason(e)}") from e
            if any(map(str.strip, values)):
                return values


def csv_table(path: Path, encoding: str, known: Sequence[str], separator: str | None) -> Table:
    """
    Return the records of a CSV; BadData.

    Without `separator` it is the one with which most of the `known` names are found in the header.
    A name in `known` that ends with `*` stands for all names with that beginning.
    """
    csv.field_size_limit(FIELD_CHARACTERS)
    dialect = _dialect(path, encoding, known, separator)
    with path.open(encoding=encoding, newline="") as file:
        rows = _Rows(path, file, dialect)
        names = tuple(map(column_name, next(rows, ())))
        header = rows.where
    if not names:
        raise BadData(f"{path}: is empty")
    _check_names(header, names, known)
    return Table(header, names, _records(path, encoding, dialect, names))


def _records(
    path: Path, encoding: str, dialect: _Dialect, names: Sequence[str]
) -> Generator[Record]:
    with path.open(encoding=encoding, newline="") as file:
        rows = _Rows(path, file, dialect)
        for values in islice(rows, 1, None):
            if len(values) < len(names) or any(map(str.strip, values[len(names) :])):
                raise _other_count(rows.where, len(values), len(names), dialect)
            yield Record(rows.where, dict(zip(names, values, strict=False)))


def _other_count(where: str, found: int, expected: int, dialect: _Dialect) -> BadData:
    what = f"{where}: has {found} fields, the header has {expected}"
    if found < expected:
        return BadData(what)
    separator = "tab" if dialect.separator == "\t" else dialect.separator
    return BadData(f'{what}; a field that holds {separator} needs quotation marks: "..."')


def _dialect(path: Path, encoding: str, known: Sequence[str], separator: str | None) -> _Dialect:
    with path.open(encoding=encoding, newline="") as file:
        named = _NAMED.fullmatch(file.readline())
    skipped = 0 if named is None else 1
    given = separator or (named[1] if named else None)
    headers = {
        one: _header(path, encoding, one, skipped) for one in ((given,) if given else SEPARATORS)
    }
    chosen = max(headers, key=lambda one: (_recognised(headers[one], known), len(headers[one])))
    header = headers[chosen]
    if len(header) == 1 and given is None:
        return _Dialect(NO_SEPARATOR, False, skipped)
    spaces = any(name.startswith(" ") for name in header[1:])
    return _Dialect(chosen, spaces, skipped)


def _header(path: Path, encoding: str, separator: str, skipped: int) -> list[str]:
    """Return the header's fields with this separator, none if it is not a CSV."""
    with path.open(encoding=encoding, newline="") as file:
        try:
            return next(_Rows(path, file, _Dialect(separator, False, skipped)), [])
        except BadData:
            return []


def _recognised(header: Sequence[str], known: Sequence[str]) -> int:
    return sum(_is_known(column_name(name), known) for name in header)


def _is_known(name: str, known: Sequence[str]) -> bool:
    return any(name == one or (one[-1] == "*" and name.startswith(one[:-1])) for one in known)


def _check_names(header: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if _is_known(name, known) and names.count(name) > 1:
            raise BadData(f"{header}: column {name} is duplicated")


def _reason(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quotation mark opens here and is not closed"
    return str(error)
