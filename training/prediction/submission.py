"""
The answers to a file of reviews, written block by block: a submission holds no rows in memory.

It is a CSV `index,target`, the classes of each review in the order of their ids.
"""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.prediction.decisions import apply_calibration, decisions
from training.results.atomic_output import writing
from triage.calibration import Calibration
from triage.cascade import Rule
from worker.classifiers.protocol import Probabilities

# Rows that are Python's numbers at once: some tens of megabytes.
BLOCK = 8192


def write_submission(
    path: Path,
    indices: NDArray[np.int64],
    raw: Probabilities,
    labels: Sequence[int],
    rule: Rule,
    calibration: Calibration | None = None,
) -> None:
    """Write whole what `rule` decides on `raw`, a model's probabilities before `calibration`."""
    with writing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("index", "target"))
        for block in _blocks(len(raw)):
            found = apply_calibration(raw[block], calibration)
            decided = decisions(found, labels, rule)
            for index, decision in zip(indices[block].tolist(), decided, strict=True):
                lines.writerow((index, " ".join(map(str, sorted(decision.classes)))))


def all_calibrated(raw: Probabilities, calibration: Calibration | None) -> Probabilities:
    """Return all rows as the worker serves them, in a file without a name where they change."""
    if calibration is None:
        return raw
    with tempfile.TemporaryFile() as file:
        found = np.memmap(file, np.float32, mode="w+", shape=raw.shape)
    for block in _blocks(len(raw)):
        found[block] = apply_calibration(raw[block], calibration)
    return found


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(at, at + BLOCK) for at in range(0, rows, BLOCK))
