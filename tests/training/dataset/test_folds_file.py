"""Files of folds: read as they were made, and refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import TAXONOMY, write_csv
from training.dataset.folds_file import make_folds, read_folds, write_folds
from training.dataset.review_files import read_rows
from training.errors import BadFolds


def test_folds_are_read_as_they_were_written(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "small.csv")
    rows = read_rows(data, TAXONOMY)
    made = make_folds(rows, data, TAXONOMY, count=4, seed=1, together=True)
    write_folds(tmp_path / "folds.json", made)

    folds = read_folds(tmp_path / "folds.json", rows, data)

    assert folds.how == "4-fold (seed 1), identical texts in one fold"
    assert [made.fold[row.index] for row in rows] == folds.fold_of.tolist()
    measured = np.concatenate([part.test for part in folds.parts()])
    assert sorted(measured) == list(range(len(rows)))
    assert "Курьер" not in (tmp_path / "folds.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}'])
def test_a_file_without_folds_is_refused(tmp_path: Path, content: str) -> None:
    data = write_csv(tmp_path / "small.csv")
    (tmp_path / "folds.json").write_text(content)

    with pytest.raises(BadFolds) as caught:
        read_folds(tmp_path / "folds.json", read_rows(data, TAXONOMY), data)

    assert "\n" not in str(caught.value)
