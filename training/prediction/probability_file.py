"""
Probabilities of many reviews in one file (NumPy's .npz, no pickle), keyed by the rows' indices.

With folds they are out-of-fold: each row was scored, before any calibration, by a model fitted
without the row's fold. Without folds one model scored all rows, and they are calibrated.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset.folds_file import FoldOf
from training.dataset.leaks import Seen
from training.errors import BadData
from training.results.atomic_output import writing
from triage.manifest import digest
from worker.classifiers.protocol import Probabilities

OOF = "oof.npz"


@dataclass(frozen=True, slots=True)
class Scored:
    """
    A row of `probabilities` for each of `index`; `classes` are the ids of its columns.

    `fold` is None if one model scored all rows; `model` is its name and version. `data` is the
    SHA-256 of the file of reviews, since another file may have the same indices. `seen` is whether
    out-of-fold rows were trained on nevertheless.
    """

    index: NDArray[np.int64]
    probabilities: Probabilities
    classes: NDArray[np.int64]
    model: str
    data: str
    fold: FoldOf | None = None
    seen: Seen = Seen.NO


def write_scored(path: Path, scored: Scored) -> None:
    """Write the file atomically."""
    arrays: dict[str, Any] = {
        "index": scored.index,
        "probabilities": scored.probabilities,
        "classes": scored.classes,
        "model": np.array(scored.model),
        "data": np.array(scored.data),
    }
    if scored.fold is not None:
        arrays["fold"] = scored.fold
    if scored.seen is not Seen.NO:
        arrays["seen"] = np.array(scored.seen.name)
    with writing(path) as draft, draft.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_scored(path: Path, classes: Sequence[int]) -> Scored:
    """Return the content; BadData if it is invalid or has other classes than `classes`."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            scored = Scored(
                index=file["index"].astype(np.int64),
                probabilities=file["probabilities"].astype(np.float32),
                classes=file["classes"].astype(np.int64),
                model=str(file["model"]),
                data=str(file["data"]),
                fold=file["fold"].astype(np.int16) if "fold" in file else None,
                seen=Seen[str(file["seen"])] if "seen" in file else Seen.NO,
            )
    except OSError as e:
        raise BadData(f"{path}: {e.strerror or 'holds no probabilities'}") from e
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError) as e:
        raise BadData(f"{path}: holds no probabilities of reviews; make it again") from e
    if scored.classes.tolist() != list(classes):
        raise BadData(f"{path}: its classes are not those of the taxonomy")
    if scored.probabilities.shape != (len(scored.index), len(classes)):
        raise BadData(f"{path}: its probabilities are not one for each row and class")
    return scored


def read_scored_rows(
    path: Path, classes: Sequence[int], data: Path, indices: Sequence[int]
) -> Scored:
    """Return the rows of `indices`, in their order; BadData if they are not of file `data`."""
    scored = read_scored(path, classes)
    if scored.data != digest(data):
        raise BadData(f"{path}: holds probabilities of other reviews than {data}")
    return select_rows(scored, indices, path)


def select_rows(scored: Scored, indices: Sequence[int], path: Path) -> Scored:
    """Return the rows of these indices, in order; BadData, naming `path`, if one is missing."""
    place = {index: position for position, index in enumerate(scored.index.tolist())}
    missing = [index for index in indices if index not in place]
    if missing:
        raise BadData(f"{path}: holds no probabilities for the row of index {missing[0]}")
    order = np.array([place[index] for index in indices], np.intp)
    return replace(
        scored,
        index=scored.index[order],
        probabilities=scored.probabilities[order],
        fold=None if scored.fold is None else scored.fold[order],
    )
