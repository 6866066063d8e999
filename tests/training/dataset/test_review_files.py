"""Files of labelled reviews: what they become, and the one line for each fault."""

from pathlib import Path

import pytest

from tests.training.samples import HEADER, TAXONOMY, table, write_csv
from training.dataset.review_files import Row, label_matrix, read_reviews, read_rows
from training.drafting.found_labels import find_labels
from training.errors import BadData
from triage.review import ReviewInput

GOOD = ("1", "3.0", "{DELIVERY}", "Долго", "1", "0", "0")


def changed(column: str, value: str) -> tuple[str, ...]:
    """Return the good row with one other field."""
    return tuple(value if name == column else old for name, old in zip(HEADER, GOOD, strict=True))


def test_a_row_becomes_a_review_with_its_classes(tmp_path: Path) -> None:
    row = ("17", "4.0", "{PRICE,DELIVERY}", "Дорого,\nи долго", "1", "1", "0")

    (read,) = read_rows(write_csv(tmp_path / "a.csv", [row]), TAXONOMY)

    assert read == Row(17, ReviewInput(4, ("PRICE", "DELIVERY"), "Дорого,\nи долго"), (0, 7))


@pytest.mark.parametrize("tags", ["", "{}"])
def test_a_review_may_have_no_tags(tmp_path: Path, tags: str) -> None:
    (read,) = read_rows(write_csv(tmp_path / "a.csv", [changed("tags", tags)]), TAXONOMY)

    assert read.review.tags == ()


def test_a_file_with_a_byte_order_mark_gives_the_same_rows(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv")
    rows = read_rows(path, TAXONOMY)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert read_rows(path, TAXONOMY) == rows
    assert len(rows) == len(table())


def test_classes_become_columns_in_the_order_of_the_taxonomy(tmp_path: Path) -> None:
    rows = [("1", "6.0", "", "а", "1", "0", "1"), ("2", "6.0", "", "б", "0", "1", "0")]

    read = read_rows(write_csv(tmp_path / "a.csv", rows), TAXONOMY)

    assert label_matrix(read, TAXONOMY).tolist() == [[1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (changed("trend_id_res7", "2"), "row 3, column trend_id_res7: '2' is neither 0 nor 1"),
        (changed("trend_id_res0", ""), "row 3, column trend_id_res0: '' is neither 0 nor 1"),
        (
            changed("assessment", "7.0"),
            "row 3, column assessment: '7.0' is not a rating from 0 to 6",
        ),
        (
            changed("assessment", "4.5"),
            "row 3, column assessment: '4.5' is not a rating from 0 to 6",
        ),
        (changed("assessment", "-1"), "row 3, column assessment: '-1' is not a rating from 0 to 6"),
        (
            changed("assessment", "nan"),
            "row 3, column assessment: 'nan' is not a rating from 0 to 6",
        ),
        (changed("text", " \n "), "row 3, column text: is empty"),
        (
            changed("tags", "DELIVERY"),
            "row 3, column tags: 'DELIVERY' is not like {DELIVERY,PRICE}",
        ),
        (changed("index", "x1"), "row 3, column index: 'x1' is not a whole number"),
        (changed("index", "100"), "row 3, column index: 100 is already in row 2"),
        (GOOD[:-1], "row 3: has 6 fields, the header has 7"),
    ],
)
def test_the_error_for_an_invalid_row_names_row_and_column(
    tmp_path: Path, row: tuple[str, ...], what: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [table()[0], row])

    with pytest.raises(BadData) as caught:
        read_rows(path, TAXONOMY)

    assert str(caught.value) == f"{path}, {what}"


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (HEADER[:-1], "row 1: column trend_id_res12 is missing"),
        (("id", *HEADER[1:]), "row 1: column index is missing"),
        (("id", *HEADER[1:-1]), "row 1: columns index, trend_id_res12 are missing"),
        ((*HEADER, "trend_id_res3"), "row 1: column trend_id_res3 is of a class outside"),
        ((*HEADER, "text"), "row 1: column text is duplicated"),
    ],
)
def test_the_error_for_an_invalid_header_names_the_column(
    tmp_path: Path, header: tuple[str, ...], what: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [], header)

    with pytest.raises(BadData, match=what):
        read_rows(path, TAXONOMY)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (",".join(HEADER).encode() + b"\n", "holds no reviews"),
        (",".join(HEADER).encode() + "\n1,3.0,,Долго,1,0,0".encode("cp1251"), "line 2: not UTF-8"),
        (",".join(HEADER).encode() + b'\n1,3.0,"a"b,t,1,0,0', "row 2: not a CSV"),
    ],
)
def test_a_file_without_a_review_table_is_refused(
    tmp_path: Path, content: bytes, what: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    with pytest.raises(BadData, match=what) as caught:
        read_rows(path, TAXONOMY)

    assert "\n" not in str(caught.value)


def test_the_error_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"none\.csv: No such file"):
        read_rows(tmp_path / "none.csv", TAXONOMY)


def test_the_error_names_a_non_utf_8_line_far_into_a_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [(str(n), *table()[0][1:]) for n in range(900)])
    with path.open("ab") as file:
        file.write("900,3.0,,Долго,1,0,0\n".encode("cp1251"))

    with pytest.raises(BadData, match="line 902: not UTF-8; save the file as UTF-8"):
        read_rows(path, TAXONOMY)


@pytest.mark.parametrize("own", ["tags", "assessment", "tags,assessment"])
@pytest.mark.parametrize("plain", ["rating,classes", "classes,rating,topics"])
def test_a_plain_file_may_have_other_columns_of_the_competition(
    own: str, plain: str, tmp_path: Path
) -> None:
    fields = {"rating": "1", "classes": "slow", "tags": "old customer", "assessment": "good"}
    names = ["text", *plain.split(","), *own.split(",")]
    values = ["Долго", *(fields.get(name, "") for name in names[1:])]
    path = write_csv(tmp_path / "a.csv", [values], names)

    assert read_rows(path, TAXONOMY) == (Row(1, ReviewInput(1, (), "Долго"), (0,)),)
    assert find_labels(path).classes == {"slow": 1}


@pytest.mark.parametrize(
    ("names", "values", "read"),
    [
        (HEADER[:4], ("7", "3.0", "{PRICE}", "Дорого"), (7, 3, ("PRICE",))),
        (("text", "tags"), ("Дорого", "old customer"), (1, None, ())),
        (("text", "rating", "tags"), ("Дорого", "3", "old customer"), (1, 3, ())),
        (("text", "topics", "assessment"), ("Дорого", "PRICE", "good"), (1, None, ("PRICE",))),
    ],
)
def test_the_columns_tell_the_format_of_a_file_without_labels(
    names: tuple[str, ...],
    values: tuple[str, ...],
    read: tuple[int, int | None, tuple[str, ...]],
    tmp_path: Path,
) -> None:
    (found,) = read_reviews(write_csv(tmp_path / "a.csv", [values], names), TAXONOMY)

    assert (found.index, found.review.rating, found.review.tags) == read
    assert found.review.text == "Дорого"
