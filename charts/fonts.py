"""
Chooses the font of a letter: the one that matplotlib installs, so that every machine draws the same
bytes, or a font of this machine for a letter that it lacks.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import findSystemFonts, get_font

# Fonts without text or outlines, and fonts that do not suit a headline.
_UNFIT = re.compile(r"Blank|Color|Condensed|Italic|LastResort|Light|Mono|Oblique|Serif|Thin")

_BOLD = re.compile(r"Bold|Black|Heavy|Medium")

# Zero-width characters that decide how letters join, and those that choose a form of a symbol.
_JOINERS = "\u200c\u200d"
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


@cache
def default_face(bold: bool) -> Path:
    """Return the file of the default font, which draws every letter that it has."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path(), "fonts", "ttf", name)


@cache
def face_of(letter: str, bold: bool) -> Path | None:
    """Return the file of the first font with a glyph for `letter`; None if there is none."""
    if unicodedata.category(letter)[0] == "C" and letter not in _JOINERS:
        return None
    known = default_face(bold)
    others = () if has_glyph(known, letter) else _installed(bold)
    return next((face for face in (known, *others) if has_glyph(face, letter)), None)


def is_drawable(words: str, bold: bool) -> bool:
    """Return whether `words` has letters or digits and every one of them has a font."""
    needed = [c for c in words if unicodedata.category(c)[0] in "LMN" and c not in _SELECTORS]
    return bool(needed) and all(face_of(c, bold) for c in needed)


def best_face(words: str) -> Path:
    """Return the file of the regular font that draws the most letters of `words`."""
    faces = {face_of(letter, bold=False) for letter in words if not letter.isspace()}
    known = default_face(bold=False)
    counts = {face: sum(has_glyph(face, c) for c in words) for face in faces if face}
    return max(sorted(counts), key=lambda face: (counts[face], face == known), default=known)


@cache
def _installed(bold: bool) -> tuple[Path, ...]:
    """Return the fonts of this machine, ordered only by their names, Noto first."""
    files = [Path(file) for file in findSystemFonts()]
    fit = [file for file in files if not _UNFIT.search(file.name)]

    def order(file: Path) -> tuple[bool, bool, str, str]:
        is_bold = bool(_BOLD.search(file.name))
        return (not file.name.startswith("Noto"), is_bold != bold, file.name.lower(), str(file))

    return tuple(sorted(fit, key=order))


@cache
def has_glyph(face: Path, letter: str) -> bool:
    """Return whether a font draws `letter`."""
    try:
        font = get_font(face)
    except (OSError, RuntimeError):  # a damaged file, or a format that FreeType does not know
        return False
    return bool(font.scalable) and font.get_char_index(ord(letter)) != 0
