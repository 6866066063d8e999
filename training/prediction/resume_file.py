"""
The rows of a long scoring that are done, kept beside the result until it is whole.

A first line of JSON says what they belong to; rows of another model or other data are thrown away.
A chunk that was cut off by a kill is scored again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from worker.classifiers.protocol import Probabilities

# The numbers begin at a multiple of this many bytes, so that they can be read where they lie.
ALIGNED = 64


class ResumeFile:
    """The file `OUT.part` beside a result `OUT`."""

    def __init__(self, out: Path, *, belongs_to: Mapping[str, str], classes: int) -> None:
        self._path = out.with_name(f"{out.name}.part")
        head = json.dumps(dict(belongs_to), sort_keys=True).encode()
        self._head = head.ljust(-(-(len(head) + 1) // ALIGNED) * ALIGNED - 1) + b"\n"
        self._classes = classes
        self._row_bytes = classes * np.dtype(np.float32).itemsize

    def begin(self, chunk: int) -> int:
        """
        Return how many rows are done; the file then ends with them.

        They are whole chunks of `chunk` rows, so that what follows is divided as it would have been
        without a break.
        """
        if not self._is_ours():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(self._head)
        rows = self._count() // chunk * chunk
        os.truncate(self._path, len(self._head) + rows * self._row_bytes)
        return rows

    def append(self, rows: Probabilities) -> None:
        """Keep rows that are done."""
        assert rows.shape[1] == self._classes, f"{rows.shape} for {self._classes} classes"
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def rows(self) -> Probabilities:
        """Return all rows that are done; they stay on the disk and are read as they are needed."""
        shape = (self._count(), self._classes)
        return np.memmap(self._path, np.float32, mode="r", offset=len(self._head), shape=shape)

    def remove(self) -> None:
        """Forget all: the result is whole."""
        self._path.unlink(missing_ok=True)

    def _count(self) -> int:
        return (self._path.stat().st_size - len(self._head)) // self._row_bytes

    def _is_ours(self) -> bool:
        try:
            with self._path.open("rb") as file:
                return file.read(len(self._head)) == self._head
        except FileNotFoundError:
            return False
