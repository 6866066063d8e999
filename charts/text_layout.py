"""
The fonts of a text, its width and its line breaks. It draws nothing.

A text is drawn in runs: neighbouring letters that the same font draws.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from charts.fonts import default_face, face_of, has_glyph, is_drawable

# At 72 dots an inch a typographic point is a pixel, so every size in these pictures is one.
DPI = 72

# Enough for the titles of some taxonomies in both languages and sizes, and their parts.
_CACHE_SIZE = 16_384


ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@cache
def font(size_px: int, face: Path) -> FontProperties:
    """Return the font of a file in one size."""
    return FontProperties(fname=face, size=size_px)


@lru_cache(_CACHE_SIZE)
def runs(words: str, bold: bool) -> tuple[tuple[str, Path], ...]:
    """Return the parts of a line, each with the file of its font; they make up the line."""
    faces: list[Path] = []
    for letter in words:
        before = faces[-1] if faces else default_face(bold)
        # A space or an accent stays with the letter before it.
        stays = unicodedata.category(letter)[0] in "CMZ" and has_glyph(before, letter)
        faces.append(before if stays else face_of(letter, bold) or before)
    grouped = groupby(zip(words, faces, strict=True), key=lambda pair: pair[1])
    return tuple(("".join(letter for letter, _ in pairs), face) for face, pairs in grouped)


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
    return sum(measure_run(part, size_px, face) for part, face in runs(words, bold))


def measure_run(words: str, size_px: int, face: Path) -> float:
    """Return how many pixels `words` take in one font."""
    with unhinted():
        size = _ruler().get_text_width_height_descent(words, font(size_px, face), False)
    return float(size[0])


def choose(titles: Iterable[str], bold: bool) -> str:
    """Return the first title that can be drawn in full, or else the first one."""
    known = tuple(titles)
    return next((title for title in known if is_drawable(title, bold)), known[0])


def shorten(
    lines: Sequence[str], most: int, max_width: float, size_px: int, bold: bool
) -> list[str]:
    """Return at most `most` lines; an ellipsis replaces what is left out."""
    if len(lines) <= most:
        return list(lines)
    last = lines[most - 1]
    while last and measure(last + ELLIPSIS, size_px, bold) > max_width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,;:.-") + ELLIPSIS]


@lru_cache(_CACHE_SIZE)
def wrap(words: str, max_width: float, size_px: int, bold: bool) -> tuple[str, ...]:
    """
    Return `words` in lines of at most `max_width` pixels.

    A word that is wider breaks between letters. A character that no font has is left out.
    """
    lines = [""]
    for word in _drawable(words, bold).split():
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


def _drawable(words: str, bold: bool) -> str:
    return "".join(c for c in words if c.isspace() or face_of(c, bold)) or "?"


@cache
def _ruler() -> Any:
    canvas: Any = FigureCanvasAgg(Figure(dpi=DPI))  # matplotlib types half of it
    return canvas.get_renderer()
