"""Rows that are written are read again as they were."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given

from tests.training.dataset.test_dialects import LABELLED, expected, quick
from tests.training.samples import TAXONOMY
from training.dataset.review_files import Row, read_reviews, read_rows
from training.dataset.rows_file import write_rows
from training.errors import BadData
from triage.review import ReviewInput


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = (
        Row(3, ReviewInput(0, (), 'Он сказал: "Долго",\nи всё'), (0, 12), "9f86d081884c"),
        Row(4, ReviewInput(6, ("PRICE", "DELIVERY"), "Дорого"), ()),
    )

    write_rows(tmp_path / "a.csv", rows, TAXONOMY)

    assert read_rows(tmp_path / "a.csv", TAXONOMY, allow_made=True) == rows


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


@pytest.mark.parametrize("old", ["17", "17.0"])
def test_an_origin_that_is_a_number_of_an_earlier_version_is_refused(
    old: str, tmp_path: Path
) -> None:
    write_rows(tmp_path / "a.csv", [Row(3, ReviewInput(0, (), "Долго"), (0,))], TAXONOMY)
    text = (tmp_path / "a.csv").read_text().replace(",0,0,\n", f",0,0,{old}\n")
    (tmp_path / "a.csv").write_text(text)

    for read in (partial(read_rows, allow_made=True), read_reviews):
        with pytest.raises(BadData, match=f"row 2, column origin: '{old}' is from an earlier"):
            read(tmp_path / "a.csv", TAXONOMY)


@pytest.mark.parametrize("own", ["web", "17"])
def test_an_unrelated_column_named_origin_is_ignored(own: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text,rating,classes,origin\nДолго,1,slow,{own}\n")

    assert read_rows(tmp_path / "a.csv", TAXONOMY) == (Row(1, ReviewInput(1, (), "Долго"), (0,)),)


def test_a_row_made_from_another_one_is_refused_among_labelled_rows(tmp_path: Path) -> None:
    made = Row(4, ReviewInput(0, (), "Доолго"), (0,), "9f86d081884c")
    write_rows(tmp_path / "a.csv", [Row(3, ReviewInput(0, (), "Долго"), (0,)), made], TAXONOMY)

    with pytest.raises(BadData, match=r"row 3, column origin: .* pass such rows with --extra"):
        read_rows(tmp_path / "a.csv", TAXONOMY)
