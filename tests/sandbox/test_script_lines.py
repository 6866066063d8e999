from pathlib import Path

import pytest

from sandbox.errors import BadScript
from sandbox.script_lines import Line, read_script
from triage.taxonomy import load_taxonomy


def read(tmp_path: Path, *lines: str) -> list[Line]:
    script = tmp_path / "reviews.jsonl"
    script.write_text("\n".join(lines), encoding="utf-8")
    return read_script(script, load_taxonomy(), text_limit=20)


def test_each_line_is_a_review_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    lines = read(
        tmp_path,
        '{"rating": 3, "tags": ["PRICE", "DELIVERY", "PRICE"], "text": "Долго"}',
        "",
        '{"rating": 0, "text": "x", "language": "en"}',
        "",
    )

    assert lines == [
        Line(rating=3, tags=("PRICE", "DELIVERY", "PRICE"), text="Долго"),
        Line(rating=0, text="x", language="en"),
    ]


def test_a_script_without_reviews_is_refused(tmp_path: Path) -> None:
    for lines in ((), ("", " ")):
        with pytest.raises(BadScript, match="it holds no review"):
            read(tmp_path, *lines)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"rating": 3', "Invalid JSON"),
        ('"rating"', "Input should be an object"),
        ('{"text": "x"}', "rating: must be a whole number from 0 to 6"),
        ('{"rating": 7, "text": "x"}', "rating: must be a whole number from 0 to 6"),
        ('{"rating": "3", "text": "x"}', "rating: Input should be a valid integer"),
        ('{"rating": 3.5, "text": "x"}', "rating: Input should be a valid integer"),
        (
            '{"rating": 3, "tags": ["FOOD"], "text": "x"}',
            "tags: unknown FOOD; there are ASSORTMENT, ",
        ),
        ('{"rating": 3, "text": "x", "user": 5}', "user: Extra inputs"),
        (
            '{"rating": "3", "user": 5}',
            "user: Extra inputs are not permitted; rating: Input should be a valid integer; text: ",
        ),
        ('{"rating": 3, "text": "x", "language": "de"}', "language: Input should be 'ru' or 'en'"),
        ('{"rating": 3, "text": " \\u200b "}', "text: it has no visible character"),
        ('{"rating": 3, "text": " /start\'; DROP"}', "text: it begins like a command"),
        (f'{{"rating": 3, "text": "{"x" * 21}"}}', "text: 21 characters, the limit is 20"),
    ],
)
def test_an_invalid_script_line_gives_a_one_line_error_with_its_number(
    tmp_path: Path, line: str, problem: str
) -> None:
    with pytest.raises(BadScript) as error:
        read(tmp_path, '{"rating": 1, "text": "good"}', "", line)

    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'reviews.jsonl'}, line 3: ")
    assert problem in message
    assert "\n" not in message


def test_all_bad_script_lines_are_reported(tmp_path: Path) -> None:
    with pytest.raises(BadScript) as error:
        read(tmp_path, '{"rating": 9, "text": "x"}', '{"rating": 1, "text": "good"}', "[]")

    first, second = str(error.value).splitlines()
    assert first.startswith(f"{tmp_path / 'reviews.jsonl'}, line 1: rating: must be")
    assert second.startswith(f"{tmp_path / 'reviews.jsonl'}, line 3: Input should be an object")


@pytest.mark.parametrize(
    ("bad", "last"), [(20, ", line 20: Input"), (25, "reviews.jsonl: 5 more bad lines")]
)
def test_of_many_bad_script_lines_the_rest_is_counted(tmp_path: Path, bad: int, last: str) -> None:
    with pytest.raises(BadScript) as error:
        read(tmp_path, *["[]"] * bad)

    shown = str(error.value).splitlines()
    assert len(shown) == min(bad, 21)
    assert last in shown[-1]


def test_a_missing_or_non_utf8_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScript, match="No such file"):
        read_script(tmp_path / "missing", load_taxonomy(), text_limit=20)
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    with pytest.raises(BadScript, match="save it as UTF-8"):
        read_script(tmp_path / "latin", load_taxonomy(), text_limit=20)


def test_a_script_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    [line] = read(tmp_path, '\ufeff{"rating": 3, "text": "Долго"}')
    assert line == Line(rating=3, text="Долго")
