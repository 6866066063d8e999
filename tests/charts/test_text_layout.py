import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.text_layout import measure, wrap


def test_text_that_fits_stays_on_one_line() -> None:
    assert wrap("Долгая доставка", 700, 30, False) == ("Долгая доставка",)


def test_a_title_that_is_too_wide_breaks_between_words() -> None:
    lines = wrap("Время доставки не соответствует заявленному", 600, 30, True)
    assert len(lines) == 2
    assert " ".join(lines) == "Время доставки не соответствует заявленному"


def test_a_word_that_is_too_wide_breaks_between_letters() -> None:
    lines = wrap("x " + "Щ" * 50, 300, 30, True)
    assert lines[0] == "x"
    assert "".join(lines[1:]) == "Щ" * 50


@settings(deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.integers(120, 800),
    st.sampled_from([24, 30]),
    st.booleans(),
)
def test_no_line_is_wider_than_allowed(words: str, most: int, size_px: int, bold: bool) -> None:
    assert all(measure(line, size_px, bold) <= most for line in wrap(words, most, size_px, bold))


@settings(deadline=None)
@given(st.text("аяАЯwW ёЁ$_{}\n", min_size=1, max_size=80), st.integers(120, 800))
def test_no_letter_is_lost(words: str, most: int) -> None:
    kept = "".join(wrap(words, most, 30, False)).replace(" ", "")
    assert kept == ("".join(words.split()) or "")


@pytest.mark.parametrize(("words", "drawn"), [("Хвалят 🫠", "Хвалят"), ("\N{DRAGON}", "?")])
def test_characters_without_a_glyph_are_omitted(words: str, drawn: str) -> None:
    assert wrap(words, 700, 30, False) == (drawn,)


def test_bold_text_is_wider() -> None:
    assert measure("Долгая доставка", 30, True) > measure("Долгая доставка", 30, False)
