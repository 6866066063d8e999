"""Files that training writes and reads: whole or not at all, and refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import TAXONOMY, write_csv
from training.dataset import Row, read_rows
from training.errors import BadData, BadFolds, Leak, OutputInTheWay
from training.folds_file import make_folds, read_folds, write_folds
from training.leaks import (
    Seen,
    check_unseen,
    read_trained_on,
    seen_key,
    trained_on,
    write_trained_on,
)
from training.rows_file import write_rows
from training.scored import Scored, of_indices, read_scored, read_scored_of, write_scored
from training.whole_file import write_text, writing
from triage.review import ReviewInput

SCORED = Scored(
    index=np.array([5, 3], np.int64),
    probabilities=np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32),
    classes=np.array(TAXONOMY.ids, np.int64),
    model="linear 1",
    data="0" * 64,
    fold=np.array([0, 1], np.int16),
)


def test_a_file_that_was_not_finished_leaves_the_old_one_and_no_trace(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")

    def fail_half_way() -> None:
        with writing(tmp_path / "a") as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputInTheWay, match="is a folder; name a file"):
        write_text(tmp_path, "")
    with pytest.raises(OutputInTheWay, match="name another place"):
        write_text(tmp_path / "file" / "below", "")


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = (
        Row(3, ReviewInput(0, (), 'Он сказал: "Долго",\nи всё'), (0, 12), origin=1),
        Row(4, ReviewInput(6, ("PRICE", "DELIVERY"), "Дорого"), ()),
    )

    write_rows(tmp_path / "a.csv", rows, TAXONOMY)

    assert read_rows(tmp_path / "a.csv", TAXONOMY) == rows


def test_an_origin_that_is_no_index_is_named(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", [Row(3, ReviewInput(0, (), "Долго"), (0,), 1)], TAXONOMY)
    text = (tmp_path / "a.csv").read_text().replace(",1\n", ",x\n")
    (tmp_path / "a.csv").write_text(text)

    with pytest.raises(BadData, match="row 2, column origin: 'x' is no whole number"):
        read_rows(tmp_path / "a.csv", TAXONOMY)


def test_probabilities_are_read_as_they_were_written_in_any_order(tmp_path: Path) -> None:
    write_scored(tmp_path / "p.npz", SCORED)

    read = of_indices(read_scored(tmp_path / "p.npz", TAXONOMY.ids), [3, 5], tmp_path)

    assert read.index.tolist() == [3, 5]
    assert np.array_equal(read.probabilities, SCORED.probabilities[::-1])
    assert read.fold is not None
    assert read.fold.tolist() == [1, 0]
    assert read.model == "linear 1"


def test_a_row_without_probabilities_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no probabilities for the row of index 4"):
        of_indices(SCORED, [3, 4], tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", b"\x93NUMPY"])
def test_a_file_that_holds_no_probabilities_is_refused(tmp_path: Path, content: bytes) -> None:
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
        read_scored_of(tmp_path / "p.npz", TAXONOMY.ids, data, [3, 5])


def test_folds_are_read_as_they_were_made(tmp_path: Path) -> None:
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
def test_a_file_that_holds_no_folds_is_refused(tmp_path: Path, content: str) -> None:
    data = write_csv(tmp_path / "small.csv")
    (tmp_path / "folds.json").write_text(content)

    with pytest.raises(BadFolds) as caught:
        read_folds(tmp_path / "folds.json", read_rows(data, TAXONOMY), data)

    assert "\n" not in str(caught.value)


def test_what_was_trained_on_is_known_again_and_cannot_be_read(tmp_path: Path) -> None:
    trained = trained_on(["Долго везли!", "Дорого"])
    write_trained_on(tmp_path / "t.json", trained)

    read = read_trained_on(tmp_path / "t.json")

    assert read == trained
    assert seen_key("долго   везли") in trained.keys
    assert "долго" not in (tmp_path / "t.json").read_text(encoding="utf-8").lower()
    assert read_trained_on(tmp_path / "none.json") is None


def test_a_spoilt_list_of_what_was_trained_on_is_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("{}")

    with pytest.raises(BadData, match="copy the whole folder again"):
        read_trained_on(tmp_path / "t.json")


def test_the_guard_counts_what_was_seen() -> None:
    trained = trained_on(["Долго", "Дорого"])

    assert check_unseen(trained, ["Спасибо"], whose="it", allow=False) is Seen.NO
    assert check_unseen(trained, ["Спасибо", "ДОЛГО!"], whose="it", allow=True) is Seen.YES
    assert check_unseen(None, ["Спасибо"], whose="it", allow=True) is Seen.UNKNOWN
    with pytest.raises(Leak, match="it was trained on 1 of the 2 texts"):
        check_unseen(trained, ["Спасибо", "ДОЛГО!"], whose="it", allow=False)
    with pytest.raises(Leak, match="does not say which texts"):
        check_unseen(None, ["Спасибо"], whose="it", allow=False)
