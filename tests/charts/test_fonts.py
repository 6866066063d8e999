"""Titles in scripts that the charts' own font has no letters for."""

import warnings
from pathlib import Path

import pytest

from charts.answer import read_answer
from charts.canvas import Canvas, TextLine
from charts.fonts import default_face, face_of, is_drawable
from charts.model_report import BarRow, Pair, draw_bars, draw_pairs
from charts.probabilities import TITLE_LINES, all_page, answer_page
from charts.style import TICK
from charts.text_layout import ELLIPSIS, measure, runs
from tests.charts.conftest import Install
from tests.charts.samples import answered
from triage.taxonomy import Taxonomy

CHINESE = "配送太慢"
ARABIC, GEORGIAN = "خدمة التوصيل بطيئة", "მიწოდება ნელია"


def titled(ru: str, en: str = "Slow delivery", **others: str) -> Taxonomy:
    """Return one class with these titles."""
    words = {"ru": ru, "en": en, **others}
    return Taxonomy.model_validate(
        {
            "groups": [{"slug": "all", "title": words}],
            "classes": [
                {"id": 0, "slug": "slow", "group": "all", "title": words, "definition": words}
            ],
        }
    )


def lines(page: Canvas) -> list[str]:
    """Return the lines of the only class's title."""
    found = [text.words for text in page.figure.findobj(TextLine)]
    return [words for words in found[2:] if "%" not in words and words != TICK]


def drawn(taxonomy: Taxonomy) -> list[str]:
    page = answer_page(read_answer(*answered({0: 0.9}, taxonomy), "ru"))
    page.png()
    return lines(page)


def test_without_a_font_for_its_script_a_title_is_shown_in_another_language(
    install: Install,
) -> None:
    assert drawn(titled(CHINESE)) == ["Slow delivery"]


def test_the_slug_is_shown_if_no_font_can_draw_any_title(install: Install) -> None:
    assert drawn(titled(CHINESE, CHINESE)) == ["slow"]


def test_a_title_in_any_drawable_language_is_preferred_to_the_slug(
    install: Install,
) -> None:
    assert drawn(titled(CHINESE, CHINESE, ja=CHINESE, ka=GEORGIAN)) == [GEORGIAN]


def test_an_installed_font_draws_the_title(install: Install) -> None:
    face = install("NotoSansTest-Regular.ttf", CHINESE)
    assert drawn(titled(f"{CHINESE} 24")) == [f"{CHINESE} 24"]
    assert runs(f"{CHINESE} 24", False) == ((CHINESE, face), (" 24", default_face(False)))


@pytest.mark.parametrize("words", [ARABIC, GEORGIAN, "Ελληνικά", "שירות איטי"])
def test_the_bundled_font_covers_many_scripts(install: Install, words: str) -> None:
    assert drawn(titled(words)) == [words]
    assert [face for _, face in runs(words, True)] == [default_face(True)]


def test_an_emoji_without_a_font_is_left_out_of_its_title(install: Install) -> None:
    assert drawn(titled("Хвалят 🫠 сервис")) == ["Хвалят сервис"]
    install("Symbols.ttf", "🫠")
    assert drawn(titled("Хвалят 🫠 сервис")) == ["Хвалят 🫠 сервис"]


def test_the_font_is_chosen_by_file_name_only(install: Install) -> None:
    for name in ("Zen.ttf", "Another.ttf", "NotoSansTest-Bold.ttf", "NotoSerifTest.ttf"):
        install(name, CHINESE)
    noto = install("NotoSansTest-Regular.ttf", CHINESE)
    bold, regular = face_of("慢", True), face_of("慢", False)
    assert bold is not None
    assert (bold.name, regular) == ("NotoSansTest-Bold.ttf", noto)


def test_a_damaged_font_file_is_skipped(install: Install) -> None:
    broken = install("NotoSansTest-Regular.ttf", "x")
    broken.write_bytes(b"no font")
    install("Other.ttf", CHINESE)
    assert is_drawable(CHINESE, bold=False)


@pytest.mark.parametrize("word", ["Очень длинный заголовок, ", "ы", "W_W "])
def test_a_title_of_490_characters_takes_three_lines_and_an_ellipsis(word: str) -> None:
    title = (word * 490)[:490]
    page = answer_page(read_answer(*answered({0: 0.9}, titled(title)), "ru"))
    shown = lines(page)
    assert len(shown) == TITLE_LINES
    assert shown[-1].endswith(ELLIPSIS)
    assert all(measure(line, 30, True) < page.width - 88 for line in shown)
    assert len(lines(all_page(read_answer(*answered({0: 0.9}, titled(title)), "ru")))) == 3


def test_report_charts_give_no_font_warnings(install: Install) -> None:
    install("NotoSansTest-Regular.ttf", CHINESE)
    rows = [BarRow(title, 0.5, 3) for title in (CHINESE, "ไทย", ARABIC, "🫠", "ы" * 490)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw_bars(rows)
        assert draw_pairs([Pair(CHINESE, "ไทย", 3)])


def test_a_space_is_drawn_with_the_font_of_the_preceding_text(install: Install) -> None:
    face = install("Test.ttf", f"{CHINESE} ")
    assert runs(f"{CHINESE} {CHINESE}", False) == ((f"{CHINESE} {CHINESE}", Path(face)),)
