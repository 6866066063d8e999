"""
Reads the records of JSON Lines: one object a line, its values as the text that a CSV would hold.

A list stays a list in JSON; null is an empty field. Blank lines are skipped and counted.
"""

import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from training.dataset.file_records import Record, Table, column_name, shortened
from training.errors import BadData

# The columns in which a list is read.
LISTS = ("topics", "classes")


def json_table(path: Path, encoding: str) -> Table:
    """Return the records; the columns are those of the first one. BadData."""
    with closing(_records(path, encoding)) as records:
        first = next(records)
    return Table(first.where, tuple(first.fields), _records(path, encoding))


def _records(path: Path, encoding: str) -> Generator[Record]:
    with path.open(encoding=encoding) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _record(f"{path}, line {number}", line)


def _record(where: str, line: str) -> Record:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise BadData(f"{where}: not JSON: {shortened(line.strip())}") from e
    if not isinstance(found, dict):
        raise BadData(f"{where}: not a JSON object: {shortened(line.strip())}")
    named = {column_name(name): value for name, value in found.items()}
    if len(named) < len(found):
        raise BadData(f"{where}: two names differ only in case or spaces")
    return Record(where, {name: _text(where, name, value) for name, value in named.items()})


def _text(where: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) or (isinstance(value, list) and name not in LISTS):
        kind = "an object" if isinstance(value, dict) else "a list"
        raise BadData(f"{where}, column {name}: {shortened(text)} is {kind}")
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise BadData(f"{where}, column {name}: holds half of a surrogate pair") from e
    return text
