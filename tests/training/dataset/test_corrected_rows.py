"""Corrections and labelled rows of the same review become one row, with the newest classes."""

from uuid import UUID

from tests.training.samples import TAXONOMY
from training.dataset.corrected_rows import CorrectedRows, merge_corrections
from training.dataset.review_files import Row
from triage.corrections import Correction
from triage.review import ReviewInput


def row(index: int, text: str, *classes: int, rating: int = 3, topics: str = "PRICE") -> Row:
    return Row(index, ReviewInput(rating, tuple(topics.split()), text), classes)


def said(at: int, text: str, *classes: int, rating: int = 3, topics: str = "PRICE") -> Correction:
    return Correction(
        review_id=UUID(int=at),
        said_ms=at,
        rating=rating,
        tags=tuple(topics.split()),
        text=text,
        classes=classes,
        consent=True,
    )


def merge(rows: list[Row], *corrections: Correction) -> CorrectedRows:
    return merge_corrections(rows, corrections, TAXONOMY)


def test_a_row_gets_the_classes_of_its_correction_in_its_place() -> None:
    rows = [row(4, "Дорого!", 0), row(9, "Долго", 0)]

    found = merge(rows, said(1, "дорого", 12, 7))

    assert found.rows == (row(4, "Дорого!", 7, 12), rows[1])
    assert (found.new, found.replaced, found.present) == (0, 1, 0)


def test_all_equal_rows_get_the_same_classes() -> None:
    rows = [row(1, "Дорого", 0), row(2, "Дорого", 7)]

    found = merge(rows, said(1, "Дорого", 7))

    assert [one.classes for one in found.rows] == [(7,), (7,)]
    assert (found.new, found.replaced, found.present) == (0, 1, 1)


def test_equal_texts_with_another_rating_or_other_topics_are_other_reviews() -> None:
    rows = [row(1, "ок", 7)]
    words = [said(1, "ок", 12, rating=6), said(2, "ок", 0, topics="DELIVERY")]

    found = merge(rows, *words)

    assert [(one.index, one.classes) for one in found.rows] == [(1, (7,)), (2, (12,)), (3, (0,))]
    assert (found.new, found.replaced, found.present, found.older) == (2, 0, 0, 0)


def test_the_order_of_topics_does_not_distinguish_reviews() -> None:
    rows = [row(1, "ок", 7, topics="PRICE DELIVERY")]

    assert merge(rows, said(1, "ок", 7, topics="DELIVERY PRICE")).rows == tuple(rows)


def test_the_newest_of_the_corrections_of_equal_reviews_counts() -> None:
    found = merge([], said(5, "Дорого", 7), said(9, "дорого", 0), said(3, "Дорого", 12))

    assert found.rows == (row(0, "дорого", 0),)
    assert (found.new, found.older) == (1, 2)


def test_corrections_that_are_merged_again_change_nothing() -> None:
    words = [said(1, "Дорого", 7), said(2, "Долго", 0)]
    once = merge([row(1, "Спасибо", 12)], *words)

    again = merge(list(once.rows), *words)

    assert again.rows == once.rows
    assert (again.new, again.replaced, again.present) == (0, 0, 2)
