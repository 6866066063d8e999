"""
A page that is drawn from the top down, in pixels, and saved as a PNG.

It knows text, bars and lines, and nothing about their meaning. It uses no axes and no layout
engine: those cost more time than the whole drawing.
"""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Affine2D
from PIL import Image

from charts.style import INKS, PAGE, TINTS
from charts.text_layout import DPI, font, measure, measure_run, runs, unhinted

# The number of shades between ink and page at the edge of a letter.
_SHADES = 6

Align = Literal["left", "center", "right"]

# A line keeps this distance from text, and is left out where less than this remains of it.
_CLEARANCE_PX = 6

# The share of a line's width to the left of the point that it is aligned to.
_BEFORE: dict[Align, float] = {"left": 0, "center": 0.5, "right": 1}


class TextLine(Artist):
    """One line of text, in half the time of matplotlib's own class, which lays it out twice."""

    zorder = 3

    def __init__(
        self, x: float, y: float, words: str, size_px: int, color: str, bold: bool
    ) -> None:
        super().__init__()
        self.x, self.y, self.words = x, y, words
        self.size_px, self.color, self.bold = size_px, color, bold

    @property
    def rows(self) -> tuple[float, float]:
        """The y of its upper and of its lower end; descenders take a quarter of its size."""
        return self.y - 0.75 * self.size_px, self.y + 0.25 * self.size_px

    def covers(self, x: float) -> bool:
        """Return whether a vertical line at `x` comes near its letters."""
        end = self.x + measure(self.words, self.size_px, self.bold)
        return self.x - _CLEARANCE_PX < x < end + _CLEARANCE_PX

    def draw(self, renderer: RendererBase) -> None:
        gc = renderer.new_gc()
        gc.set_foreground(self.color)
        x = self.x
        for part, face in runs(self.words, self.bold):
            renderer.draw_text(gc, x, self.y, part, font(self.size_px, face), 0)
            x += measure_run(part, self.size_px, face)
        gc.restore()


class Canvas:
    """A page of a fixed width; its height is set after everything is drawn."""

    def __init__(self, width_px: int) -> None:
        self.width = width_px
        self.figure = Figure(dpi=DPI, facecolor=PAGE)
        self._down = Affine2D()
        self._texts: list[TextLine] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size_px: int,
        color: str,
        *,
        bold: bool = False,
        align: Align = "left",
    ) -> None:
        """Write one line with its baseline at `y`."""
        start = x - _BEFORE[align] * measure(words, size_px, bold)
        self._texts.append(TextLine(start, y, words, size_px, color, bold))
        self.figure.add_artist(self._texts[-1])

    def bar(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Draw a bar whose upper left corner is at `x`, `y`."""
        corners = f"round,pad=0,rounding_size={min(height, width) / 3}"
        self._add(
            FancyBboxPatch((x, y), width, height, boxstyle=corners, facecolor=color, linewidth=0)
        )

    def line(self, x: float, top: float, bottom: float, color: str) -> None:
        """Draw a vertical line behind all bars; it stops before a text that was written."""
        for start, end in self._free(x, top, bottom):
            self._add(Line2D([x, x], [start, end], color=color, linewidth=3, zorder=0))

    def mark(self, x: float, top: float, bottom: float, color: str) -> None:
        """Draw a short vertical line across a bar, with a border in the colour of the page."""
        for thick, stroke in ((8, PAGE), (4, color)):
            self._add(Line2D([x, x], [top, bottom], color=stroke, linewidth=thick))

    def end(self, height_px: int) -> None:
        """Set the height of the page."""
        self.figure.set_size_inches(self.width / DPI, height_px / DPI)
        self._down.clear().scale(1, -1).translate(0, height_px)

    def png(self) -> bytes:
        """Return the page as PNG; equal pages give equal bytes."""
        agg: Any = FigureCanvasAgg(self.figure)  # matplotlib types half of it
        with unhinted():
            agg.draw()
        size = agg.get_width_height()
        page = Image.frombuffer("RGBA", size, agg.buffer_rgba(), "raw", "RGBA", 0, 1)
        file = io.BytesIO()
        few = page.convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
        few.save(file, "PNG")
        # Figure and canvas refer to each other, so they wait for the garbage collector. The pixels,
        # some MiB, do not have to.
        agg.renderer = None
        return file.getvalue()

    def _free(self, x: float, top: float, bottom: float) -> Iterator[tuple[float, float]]:
        """Yield the parts of a vertical line that keep their distance from every text."""
        for upper, lower in sorted(text.rows for text in self._texts if text.covers(x)):
            end = min(upper - _CLEARANCE_PX, bottom)
            if end - top >= _CLEARANCE_PX:
                yield top, end
            top = max(top, lower + _CLEARANCE_PX)
        if bottom - top >= _CLEARANCE_PX:
            yield top, bottom

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._down)
        self.figure.add_artist(artist)


@cache
def _palette() -> Image.Image:
    """Return the palette of a page: a PNG of these colours is less than half as large."""
    page = np.array(to_rgb(PAGE))
    fading = [
        page + (np.array(to_rgb(ink)) - page) * step / _SHADES
        for ink in INKS
        for step in range(1, _SHADES + 1)
    ]
    colors = np.array([*map(to_rgb, TINTS), *fading])
    palette = Image.new("P", (1, 1))
    palette.putpalette((colors * 255).round().astype(np.uint8).tobytes())
    return palette
