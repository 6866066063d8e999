"""The pictures of a report: whole PNGs that grow with what they show."""

import io

import pytest
from PIL import Image

from charts.model_report import BarRow, Pair, draw_bars, draw_pairs, draw_reliability


def size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.format == "PNG"
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10, "nothing is drawn"
        return image.size


def rows(count: int) -> list[BarRow]:
    return [BarRow(f"Class {number}", number / count, number) for number in range(count)]


def test_more_classes_make_a_taller_picture() -> None:
    few, many = size(draw_bars(rows(3))), size(draw_bars(rows(50)))

    assert few[0] == many[0]
    assert many[1] > 4 * few[1]


@pytest.mark.parametrize("count", [0, 1, 15])
def test_the_confusion_chart_is_drawn_even_without_confusions(count: int) -> None:
    assert size(draw_pairs([Pair("Slow", "Dear", number + 1) for number in range(count)]))


def test_a_reliability_chart_with_a_single_point_is_drawn() -> None:
    assert size(draw_reliability([(0.9, 0.8, 100)]))


def test_a_title_may_contain_markup_characters_of_the_drawing_library() -> None:
    assert size(draw_bars([BarRow("$x_1$ {braces} 100 %", 0.5, 3)]))
    assert size(draw_pairs([Pair("a $ b", "c $ d", 3)]))


@pytest.mark.parametrize("title", ["Cost $_{x & $ y", r"A $\frac b$ c", "100 % $x^2^3$"])
def test_a_title_between_two_dollars_is_no_formula(title: str) -> None:
    assert size(draw_bars([BarRow(title, 0.5, 3)]))
    assert size(draw_pairs([Pair(title, title, 3)]))


def test_the_spaces_between_two_dollars_are_drawn() -> None:
    """A formula has none."""
    assert bars_of("From $5 to $10") != bars_of("From $5to$10")


def bars_of(title: str) -> bytes:
    return draw_bars([BarRow(title, 0.5, 3)])
