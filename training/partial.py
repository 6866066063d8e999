"""
The rows of a long scoring that are done, kept beside the result until it is whole.

A first line of JSON says what they belong to; rows of another model or other data are thrown away.
A row that was cut off by a kill is scored again.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from worker.classifier import Probabilities


class Partial:
    """The file `OUT.part` beside a result `OUT`."""

    def __init__(self, out: Path, *, belongs_to: Mapping[str, str], classes: int) -> None:
        self._path = out.with_name(f"{out.name}.part")
        self._head = json.dumps(dict(belongs_to), sort_keys=True).encode() + b"\n"
        self._row_bytes = classes * np.dtype(np.float32).itemsize

    def read(self) -> list[Probabilities]:
        """Return the rows that are done, as one block or none; the file then ends with them."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            content = b""
        if not content.startswith(self._head):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(self._head)
            return []
        rows = (len(content) - len(self._head)) // self._row_bytes
        whole = content[: len(self._head) + rows * self._row_bytes]
        if len(whole) < len(content):
            self._path.write_bytes(whole)
        numbers = np.frombuffer(whole, np.float32, offset=len(self._head))
        return [numbers.reshape(rows, -1)] if rows else []

    def append(self, rows: Probabilities) -> None:
        """Keep rows that are done."""
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def remove(self) -> None:
        """Forget all: the result is whole."""
        self._path.unlink(missing_ok=True)
