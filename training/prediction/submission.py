"""
Writes a submission block by block, so that the rows need not fit into memory.

It is a CSV `index,target` with the class ids of each review in ascending order.
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

# Rows held as Python numbers at the same time: some tens of megabytes.
BLOCK = 8192


def write_submission(
    path: Path,
    indices: NDArray[np.int64],
    raw: Probabilities,
    labels: Sequence[int],
    rule: Rule,
    calibration: Calibration | None = None,
) -> None:
    """Write the decisions of `rule` on `raw`, probabilities before `calibration`, atomically."""
    with writing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("index", "target"))
        for block in _blocks(len(raw)):
            found = apply_calibration(raw[block], calibration)
            decided = decisions(found, labels, rule)
            for index, decision in zip(indices[block].tolist(), decided, strict=True):
                lines.writerow((index, " ".join(map(str, sorted(decision.classes)))))


def all_calibrated(raw: Probabilities, calibration: Calibration | None) -> Probabilities:
    """Return all rows calibrated, in an unnamed temporary file if there is a calibration."""
    if calibration is None:
        return raw
    with tempfile.TemporaryFile() as file:
        found = np.memmap(file, np.float32, mode="w+", shape=raw.shape)
    for block in _blocks(len(raw)):
        found[block] = apply_calibration(raw[block], calibration)
    return found


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(at, at + BLOCK) for at in range(0, rows, BLOCK))
