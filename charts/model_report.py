"""
The charts of a model's report, with axes: they are drawn once, so their speed does not matter.

They know shares and counts, and nothing about how a model is measured.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from charts.fonts import best_face, has_glyph
from charts.style import CHOSEN, INK, MUTED, OTHER, PAGE, RAIL

# Twice the resolution of a usual screen.
_DPI = 160
_ROW_INCH = 0.26
_WIDTH_INCH = 9.0
_LABEL_SIZE = 9
_TITLE_LENGTH = 70


@dataclass(frozen=True, slots=True)
class BarRow:
    """A class by its title, a share of 0 to 1, and the number of reviews behind it."""

    title: str
    share: float
    count: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two titles, the missed one and the one predicted instead, and how often."""

    missed: str
    named: str
    count: int


def draw_bars(rows: Iterable[BarRow]) -> bytes:
    """Return a PNG of F1 for each class, with the number of its reviews behind the title."""
    shown = list(rows)[::-1]
    figure, axes = _page(len(shown))
    places = range(len(shown))
    axes.barh(places, [1] * len(shown), color=RAIL, height=0.62)
    axes.barh(places, [row.share for row in shown], color=CHOSEN, height=0.62)
    _label_rows(axes, [f"{_cut(row.title)}  ({row.count})" for row in shown])
    for place, row in enumerate(shown):
        axes.text(1.02, place, f"{row.share:.2f}", va="center", color=MUTED, fontsize=9)
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1 (number of reviews behind the class)")
    return _png(figure)


def draw_pairs(pairs: Iterable[Pair]) -> bytes:
    """Return a PNG of the most frequent confusions."""
    shown = list(pairs)[::-1]
    figure, axes = _page(max(1, 2 * len(shown)))
    axes.barh(range(len(shown)), [pair.count for pair in shown], color=OTHER, height=0.55)
    _label_rows(axes, [f"{_cut(p.missed)}\npredicted as {_cut(p.named)}" for p in shown])
    for place, pair in enumerate(shown):
        axes.text(pair.count, place, f" {pair.count}", va="center", color=MUTED, fontsize=9)
    axes.set_xlabel("reviews")
    axes.margins(x=0.06)
    return _png(figure)


def draw_reliability(points: Sequence[tuple[float, float, int]]) -> bytes:
    """Return a PNG of (mean probability, share that was right, count) against the diagonal."""
    figure = Figure(figsize=(5.4, 6.4), dpi=_DPI, facecolor=PAGE, layout="constrained")
    above, below = figure.subplots(2, height_ratios=(5, 1), sharex=True)
    above.plot([0, 1], [0, 1], color=OTHER, linestyle="--", linewidth=1)
    means, rights, counts = zip(*points, strict=True)
    above.plot(means, rights, color=CHOSEN, marker="o", linewidth=2)
    above.set_ylabel("share that was right")
    above.set_ylim(0, 1)
    below.bar(means, counts, width=0.06, color=OTHER)
    below.set_ylabel("reviews")
    below.set_xlabel("probability of the most probable class")
    below.set_xlim(0, 1)
    for axes in (above, below):
        _plain(axes)
    return _png(figure)


def _page(rows: int) -> tuple[Figure, Axes]:
    height = ceil(rows * _ROW_INCH) + 0.8
    figure = Figure(figsize=(_WIDTH_INCH, height), dpi=_DPI, facecolor=PAGE, layout="constrained")
    axes = figure.subplots()
    axes.margins(y=0.01)
    _plain(axes)
    return figure, axes


def _cut(title: str) -> str:
    """Return a title that leaves room for the bars."""
    return title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH].rstrip()}\u2026"


def _label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """
    Write a label for each row in a font that has its letters; leave out what no font has.

    A title may contain `$`, which is not the start of a formula.
    """
    faces = [best_face(label) for label in labels]
    drawn = [
        "".join(c for c in label if c == "\n" or has_glyph(face, c))
        for label, face in zip(labels, faces, strict=True)
    ]
    axes.set_yticks(range(len(labels)), drawn)
    for label, face in zip(axes.get_yticklabels(), faces, strict=True):
        label.set_fontproperties(FontProperties(fname=face, size=_LABEL_SIZE))
        label.set_parse_math(False)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(OTHER)
    axes.tick_params(colors=INK, labelsize=_LABEL_SIZE, length=0)
    axes.xaxis.label.set_color(MUTED)
    axes.yaxis.label.set_color(MUTED)


def _png(figure: Figure) -> bytes:
    file: Any = io.BytesIO()
    figure.savefig(file, format="png")
    content: bytes = file.getvalue()
    return content
