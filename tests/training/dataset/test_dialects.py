"""What csv.writer or json.dumps writes is read back equal, in each dialect and encoding."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.samples import TAXONOMY
from training.dataset.review_files import Row, Unlabelled, read_reviews, read_rows
from triage.review import ReviewInput

# A binary file has a NUL in its first line; half of a surrogate pair cannot be encoded.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS | st.sampled_from(',;\t|"\n\r '), min_size=1).filter(str.strip)
REVIEWS = st.builds(
    ReviewInput,
    st.none() | st.integers(0, 6),
    st.lists(st.sampled_from(TAXONOMY.topic_ids), unique=True).map(tuple),
    TEXTS,
)
CLASSES = st.lists(st.sampled_from(TAXONOMY.ids), unique=True).map(lambda ids: tuple(sorted(ids)))
LABELLED = st.lists(st.tuples(REVIEWS, CLASSES), min_size=1, max_size=4)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])

ROW_COUNT = 60
quick = settings(
    max_examples=ROW_COUNT,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def expected(rows: list[tuple[ReviewInput, tuple[int, ...]]]) -> tuple[Row, ...]:
    return tuple(
        Row(index, review, classes) for index, (review, classes) in enumerate(rows, start=1)
    )


@quick
@given(
    rows=LABELLED,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=ENCODINGS,
    names_it=st.booleans(),
)
def test_rows_written_by_csv_writer_are_read_unchanged(
    rows: list[tuple[ReviewInput, tuple[int, ...]]],
    delimiter: str,
    quoting: int,
    encoding: str,
    names_it: bool,
    tmp_path: Path,
) -> None:
    file = io.StringIO()
    if names_it:
        file.write(f"sep={delimiter}\r\n")
    lines = csv.writer(file, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    lines.writerow(["classes", "text", "topics", "rating"])
    for review, classes in rows:
        named = ";".join(map(str, classes)) or "[]"
        lines.writerow([named, review.text, ";".join(review.tags), review.rating])
    path = tmp_path / "reviews.csv"
    path.write_bytes(file.getvalue().encode(encoding))

    assert read_rows(path, TAXONOMY) == expected(rows)


@quick
@given(
    rows=LABELLED,
    delimiter=st.sampled_from(",;\t"),
    encoding=ENCODINGS,
    decimal=st.sampled_from([".0", ",0", ""]),
)
def test_rows_in_the_competition_format_are_read_unchanged(
    rows: list[tuple[ReviewInput, tuple[int, ...]]],
    delimiter: str,
    encoding: str,
    decimal: str,
    tmp_path: Path,
) -> None:
    file = io.StringIO()
    lines = csv.writer(file, delimiter=delimiter)
    labels = [f"trend_id_res{class_id}" for class_id in TAXONOMY.ids]
    lines.writerow(["index", "assessment", "tags", "text", *labels])
    for index, (review, classes) in enumerate(rows, start=1):
        given_labels = [int(class_id in classes) for class_id in TAXONOMY.ids]
        tags = f"{{{','.join(review.tags)}}}"
        rating = "" if review.rating is None else f"{review.rating}{decimal}"
        lines.writerow([index, rating, tags, review.text, *given_labels])
    path = tmp_path / "reviews.csv"
    path.write_bytes(file.getvalue().encode(encoding))

    assert read_rows(path, TAXONOMY) == expected(rows)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_may_hold_letters_whose_code_ends_with_zero(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes('{"text": "ĀȀ℀ Ѐ"}'.encode(encoding))

    (found,) = read_reviews(path, TAXONOMY)
    assert found.review.text == "ĀȀ℀ Ѐ"


@quick
@given(rows=LABELLED, encoding=ENCODINGS, ascii_only=st.booleans())
def test_rows_of_json_lines_are_read_unchanged(
    rows: list[tuple[ReviewInput, tuple[int, ...]]],
    encoding: str,
    ascii_only: bool,
    tmp_path: Path,
) -> None:
    objects = [
        {
            "text": review.text,
            "rating": review.rating,
            "topics": review.tags,
            "classes": classes or [],
        }
        for review, classes in rows
    ]
    lines = [json.dumps(one, ensure_ascii=ascii_only) for one in objects]
    path = tmp_path / "reviews.jsonl"
    path.write_bytes("\n".join(lines).encode(encoding))

    labelled = tuple(row for row in expected(rows) if row.classes)
    if len(labelled) == len(rows):
        assert read_rows(path, TAXONOMY) == labelled
    unlabelled = tuple(Unlabelled(row.index, row.review) for row in expected(rows))
    assert read_reviews(path, TAXONOMY) == unlabelled


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_of_one_column_is_not_split(delimiter: str, tmp_path: Path) -> None:
    texts = ["one, two", "three; four", 'say "hi", and;\tbye', "five\tsix", "a\nb"]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([["text"], *([one] for one in texts)])
    path = tmp_path / "texts.csv"
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    assert file.getvalue().count('"') > 4, "csv.writer quotes what holds the delimiter"

    assert [row.review.text for row in read_reviews(path, TAXONOMY)] == texts
