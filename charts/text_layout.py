"""
The font of text, its width and its line breaks. It draws nothing.

The font is the one that matplotlib installs, so that every machine draws the same bytes.
"""

from contextlib import AbstractContextManager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font

# At 72 dots an inch a typographic point is a pixel, so every size in these pictures is one.
DPI = 72

# Enough for the titles of some taxonomies in both languages and sizes, and their parts.
_CACHE_SIZE = 16_384


@cache
def _faces() -> tuple[Path, Path]:
    """Return the files of the regular and the bold font."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"


@cache
def font(size_px: int, bold: bool) -> FontProperties:
    """Return the font in one size."""
    return FontProperties(fname=_faces()[bold], size=size_px)


def unhinted() -> AbstractContextManager[None]:
    """
    Return a context without hinting: letters keep their drawn shape and width.

    A messenger scales the chart, so fitting letters to pixels only takes time.
    """
    context: AbstractContextManager[None] = matplotlib.rc_context({"text.hinting": "none"})
    return context


@lru_cache(_CACHE_SIZE)
def measure(words: str, size_px: int, bold: bool) -> float:
    """Return how many pixels one line of `words` takes."""
    with unhinted():
        size = _ruler().get_text_width_height_descent(words, font(size_px, bold), False)
    return float(size[0])


@lru_cache(_CACHE_SIZE)
def wrap(words: str, max_width: float, size_px: int, bold: bool) -> tuple[str, ...]:
    """
    Return `words` in lines of at most `max_width` pixels.

    A word that is wider breaks between letters. A character that the font lacks, such as an emoji,
    is left out.
    """
    lines = [""]
    for word in _drawable(words).split():
        longer = f"{lines[-1]} {word}".lstrip()
        if measure(longer, size_px, bold) <= max_width:
            lines[-1] = longer
            continue
        head, *rest = _pieces(word, max_width, size_px, bold)
        lines[-1:] = [line for line in (lines[-1], head) if line] + rest
    return tuple(lines)


def _pieces(word: str, max_width: float, size_px: int, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter, size_px, bold) > max_width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _drawable(words: str) -> str:
    return "".join(c for c in words if c.isspace() or ord(c) in _letters()) or "?"


@cache
def _letters() -> frozenset[int]:
    return frozenset.intersection(*(frozenset(get_font(face).get_charmap()) for face in _faces()))


@cache
def _ruler() -> Any:
    canvas: Any = FigureCanvasAgg(Figure(dpi=DPI))  # matplotlib types half of it
    return canvas.get_renderer()
