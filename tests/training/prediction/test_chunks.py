"""Files of any length: read as short ones are, with the same faults, and no row is held."""

import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import HEADER, TAXONOMY, write_csv
from training.dataset.review_files import check_reviews, read_reviews, stream_reviews
from training.errors import BadData
from training.prediction.chunks import Chunks
from training.prediction.scoring import CHUNK


def numbered(path: Path, count: int, *more: tuple[str, ...]) -> Path:
    rows = [(str(number), "3.0", "{PRICE}", f"text\n{number}") for number in range(count)]
    return write_csv(path, [*rows, *more], HEADER[:4])


def test_chunks_contain_the_rows_of_the_file_from_any_start(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.csv", 2 * CHUNK + 3)
    reviews = [row.review for row in read_reviews(path, TAXONOMY)]

    sent = pickle.loads(pickle.dumps(Chunks(path, TAXONOMY, skip=CHUNK)))

    assert [len(chunk) for chunk in Chunks(path, TAXONOMY)] == [CHUNK, CHUNK, 3]
    assert [review for chunk in sent for review in chunk] == reviews[CHUNK:]
    assert list(Chunks(path, TAXONOMY, skip=len(reviews))) == []


def test_checking_a_file_returns_its_indices_in_order(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.csv", 3, ("10", "0.0", "", ""), ("4", "0.0", "", ""))

    assert check_reviews(path, TAXONOMY).tolist() == [0, 1, 2, 10, 4]


@pytest.mark.parametrize(
    "row",
    [
        ("1", "3.0", "", "again"),
        ("8", "7.0", "", "text"),
        ("8", "3.0", "PRICE", "text"),
        ("1" * 19, "3.0", "", "text"),
        ("8", "3.0", ""),
    ],
)
def test_streaming_and_reading_give_the_same_errors(tmp_path: Path, row: tuple[str, ...]) -> None:
    path = numbered(tmp_path / "a.csv", 5, row)

    with pytest.raises(BadData) as short:
        read_reviews(path, TAXONOMY)
    with pytest.raises(BadData) as long:
        check_reviews(path, TAXONOMY)

    assert str(long.value) == str(short.value)
    assert f"{path}, row 7" in str(long.value)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="holds no reviews"):
        check_reviews(numbered(tmp_path / "a.csv", 0), TAXONOMY)


def test_streaming_does_not_keep_rows_in_memory(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.csv", 20_000)

    tracemalloc.start()
    count = sum(1 for _ in stream_reviews(path, TAXONOMY))
    streamed = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    indices = check_reviews(path, TAXONOMY)
    checked = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert np.array_equal(indices, np.arange(count))
    assert streamed < 200_000, "bytes, of a file of 460,000"
    assert checked < 200_000 + 60 * count, "an index is eight bytes, sorted some times as many"
