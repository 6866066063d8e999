import pytest

from tests.taxonomies import EXTENTS, taxonomy_of
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.input_check import MOST_LOGGED, InputCheck


@pytest.mark.parametrize(
    ("extent", "review", "words"),
    [
        ("1 to 5", ReviewInput(6, (), "x"), "rating 6 is not of this worker's scale (1-5)"),
        ("no rating", ReviewInput(6, (), "x"), "rating 6 is not of this worker's scale (none)"),
        ("1 to 5", ReviewInput(None, (), "x"), "no rating, this worker's scale is 1-5"),
        ("no topics", ReviewInput(0, ("PRICE",), "x"), "topic PRICE is not in this worker's"),
    ],
)
def test_an_input_outside_the_taxonomy_is_logged_in_one_line(
    extent: str, review: ReviewInput, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    check = InputCheck(taxonomy_of(EXTENTS[extent]))
    for _ in range(3):
        check.report(review)
    [line] = caplog.messages
    assert words in line
    assert line.endswith("; give bot and worker the same TAXONOMY_FILE")


def test_an_input_within_the_taxonomy_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    check = InputCheck(load_taxonomy())
    check.report(ReviewInput(6, ("PRICE",), "x"))
    assert not caplog.messages


def test_the_number_of_logged_lines_is_limited(caplog: pytest.LogCaptureFixture) -> None:
    check = InputCheck(load_taxonomy())
    for place in range(2 * MOST_LOGGED):
        check.report(ReviewInput(6, (f"T{place}",), "x"))
    assert len(caplog.messages) == MOST_LOGGED
