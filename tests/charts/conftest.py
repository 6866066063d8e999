"""Fonts that a test installs, of rectangles in place of letters."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from charts import fonts, text_layout

# Installs a font that draws some letters, under a file name.
Install = Callable[[str, str], Path]

_CACHED = (fonts.face_of, fonts._installed, fonts.has_glyph)
_LAID_OUT = (text_layout.measure, text_layout.runs, text_layout.wrap)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Install]:
    """Return how to install a font on a machine that has none but matplotlib's."""
    installed: list[str] = []
    monkeypatch.setattr(fonts, "findSystemFonts", lambda: installed)

    def add(name: str, letters: str) -> Path:
        installed.append(str(_font(tmp_path / name, letters)))
        _forget()
        return Path(installed[-1])

    _forget()
    yield add
    _forget()


def _forget() -> None:
    for cached in (*_CACHED, *_LAID_OUT):
        cached.cache_clear()


def _font(path: Path, letters: str) -> Path:
    """Write a font whose letters are rectangles."""
    names = [".notdef", *(f"u{ord(letter):04X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f"u{ord(c):04X}" for c in letters})
    builder.setupGlyf(dict.fromkeys(names, _rectangle()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def _rectangle() -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 800), (950, 800), (950, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
