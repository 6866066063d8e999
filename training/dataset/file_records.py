"""
The records of a file of reviews: named fields of text, and the place in the file.

CSV and JSON Lines become the same records; other modules decide what a column means.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from training.errors import BadData

# The longest piece of a file that an error message quotes.
SHOWN = 40
# The most names that an error message lists.
LISTED = 10


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one review by column, and its file with row or line."""

    where: str
    fields: Mapping[str, str]

    def fault(self, column: str, what: str) -> BadData:
        """Return the error that names this record and the column."""
        return BadData(f"{self.where}, column {column}: {what}")


@dataclass(frozen=True, slots=True)
class Table:
    """
    A file's columns and its records, which are read as they are asked for.

    `header` is the place of the columns' names. JSON Lines have no fixed columns: theirs are those
    of the first record.
    """

    header: str
    columns: tuple[str, ...]
    records: Generator[Record]


def column_name(name: str) -> str:
    """Return a column's name in the spelling in which columns are looked up."""
    return name.strip().casefold()


def shortened(value: str) -> str:
    """Return the value in quotation marks on one line, its end left out if it is long."""
    return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}…")


def listed(names: Iterable[str], *, most: int = LISTED) -> str:
    """Return the names with commas, and how many more there are than `most`."""
    found = list(names)
    shown = [name if len(name) <= SHOWN else f"{name[:SHOWN]}…" for name in islice(found, most)]
    more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def check_columns(table: Table, expected: Iterable[str]) -> None:
    """Check that no expected column is missing; BadData lists all that are, and the file's own."""
    missing = [name for name in expected if name not in table.columns]
    if missing:
        what = f"column {missing[0]} is" if len(missing) == 1 else f"columns {listed(missing)} are"
        named = listed(name for name in table.columns if name)
        raise BadData(f"{table.header}: {what} missing; the columns are: {named}")


def check_fields(record: Record, expected: Iterable[str]) -> None:
    """Check that a record has all expected fields, as a line of JSON may not; BadData names one."""
    for name in expected:
        if name not in record.fields:
            raise record.fault(name, f"is missing; the line has: {listed(record.fields)}")
