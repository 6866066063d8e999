"""
The scored rows of a long run, kept in a file until the result is complete.

A first line of JSON identifies what the rows were scored with, such as the model and the data; rows
of anything else are discarded.
A chunk that was written partly before a kill is scored again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from worker.classifiers.protocol import Probabilities

# The numbers begin at a multiple of this many bytes, as a memory map needs it.
ALIGNED = 64


class ResumeFile:
    """The file `OUT.part` of a result `OUT`."""

    def __init__(self, out: Path, *, belongs_to: Mapping[str, str], classes: int) -> None:
        self._path = out.with_name(f"{out.name}.part")
        head = json.dumps(dict(belongs_to), sort_keys=True).encode()
        self._head = head.ljust(-(-(len(head) + 1) // ALIGNED) * ALIGNED - 1) + b"\n"
        self._classes = classes
        self._row_bytes = classes * np.dtype(np.float32).itemsize

    def begin(self, chunk: int) -> int:
        """
        Return how many rows are done, and truncate the file after them.

        They are whole chunks of `chunk` rows, so that the remaining rows are divided as in an
        uninterrupted run.
        """
        if not self._is_ours():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(self._head)
        rows = self._count() // chunk * chunk
        os.truncate(self._path, len(self._head) + rows * self._row_bytes)
        return rows

    def append(self, rows: Probabilities) -> None:
        """Append scored rows."""
        assert rows.shape[1] == self._classes, f"{rows.shape} for {self._classes} classes"
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def rows(self) -> Probabilities:
        """Return all scored rows as a memory map."""
        shape = (self._count(), self._classes)
        return np.memmap(self._path, np.float32, mode="r", offset=len(self._head), shape=shape)

    def remove(self) -> None:
        """Remove the file: the result is complete."""
        self._path.unlink(missing_ok=True)

    def _count(self) -> int:
        return (self._path.stat().st_size - len(self._head)) // self._row_bytes

    def _is_ours(self) -> bool:
        try:
            with self._path.open("rb") as file:
                return file.read(len(self._head)) == self._head
        except FileNotFoundError:
            return False
