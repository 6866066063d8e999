"""Rows that are written are read again as they were."""

from pathlib import Path

import pytest
from hypothesis import given

from tests.training.dataset.test_dialects import LABELLED, expected, quick
from tests.training.samples import TAXONOMY
from training.dataset.review_files import Row, read_rows
from training.dataset.rows_file import write_rows
from training.errors import BadData
from triage.review import ReviewInput


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = (
        Row(3, ReviewInput(0, (), 'Он сказал: "Долго",\nи всё'), (0, 12), origin=1),
        Row(4, ReviewInput(6, ("PRICE", "DELIVERY"), "Дорого"), ()),
    )

    write_rows(tmp_path / "a.csv", rows, TAXONOMY)

    assert read_rows(tmp_path / "a.csv", TAXONOMY) == rows


@quick
@given(labelled=LABELLED)
def test_rows_with_any_characters_are_read_as_they_were_written(
    labelled: list[tuple[ReviewInput, tuple[int, ...]]], tmp_path: Path
) -> None:
    write_rows(tmp_path / "a.csv", expected(labelled), TAXONOMY)

    assert read_rows(tmp_path / "a.csv", TAXONOMY) == expected(labelled)


def test_a_carriage_return_within_a_text_is_kept(tmp_path: Path) -> None:
    rows = tuple(
        Row(n, ReviewInput(0, (), text), (0,))
        for n, text in enumerate(("Ехали\rдолго", "Ехали\r\nдолго", "\rДолго\r", "Дорого"))
    )

    write_rows(tmp_path / "a.csv", rows, TAXONOMY)

    assert read_rows(tmp_path / "a.csv", TAXONOMY) == rows


def test_the_error_names_an_invalid_origin(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", [Row(3, ReviewInput(0, (), "Долго"), (0,), 1)], TAXONOMY)
    text = (tmp_path / "a.csv").read_text().replace(",1\n", ",x\n")
    (tmp_path / "a.csv").write_text(text)

    with pytest.raises(BadData, match="row 2, column origin: 'x' is not a whole number"):
        read_rows(tmp_path / "a.csv", TAXONOMY)
