"""Files of probabilities: read as they were written, in any order, and refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import TAXONOMY, write_csv
from training.errors import BadData
from training.prediction.probability_file import (
    Scored,
    read_scored,
    read_scored_rows,
    select_rows,
    write_scored,
)

SCORED = Scored(
    index=np.array([5, 3], np.int64),
    probabilities=np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32),
    classes=np.array(TAXONOMY.ids, np.int64),
    model="linear 1",
    data="0" * 64,
    fold=np.array([0, 1], np.int16),
)


def test_probabilities_are_read_as_written_in_any_requested_order(tmp_path: Path) -> None:
    write_scored(tmp_path / "p.npz", SCORED)

    read = select_rows(read_scored(tmp_path / "p.npz", TAXONOMY.ids), [3, 5], tmp_path)

    assert read.index.tolist() == [3, 5]
    assert np.array_equal(read.probabilities, SCORED.probabilities[::-1])
    assert read.fold is not None
    assert read.fold.tolist() == [1, 0]
    assert read.model == "linear 1"


def test_the_error_names_a_row_without_probabilities(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no probabilities for the row of index 4"):
        select_rows(SCORED, [3, 4], tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", b"\x93NUMPY"])
def test_a_file_without_probabilities_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.npz").write_bytes(content)

    with pytest.raises(BadData, match="holds no probabilities"):
        read_scored(tmp_path / "p.npz", TAXONOMY.ids)


def test_probabilities_of_other_classes_are_refused(tmp_path: Path) -> None:
    write_scored(tmp_path / "p.npz", SCORED)

    with pytest.raises(BadData, match="its classes are not those of the taxonomy"):
        read_scored(tmp_path / "p.npz", (1, 2, 3))


def test_probabilities_of_other_reviews_are_refused(tmp_path: Path) -> None:
    write_scored(tmp_path / "p.npz", SCORED)
    data = write_csv(tmp_path / "small.csv")

    with pytest.raises(BadData, match="holds probabilities of other reviews than"):
        read_scored_rows(tmp_path / "p.npz", TAXONOMY.ids, data, [3, 5])
