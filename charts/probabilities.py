"""
The charts of one answer: its most probable classes, and all of them up to a limit.

If no rung was reached, no class is shown as found: the chart says that a person will look, and its
line is the lowest rung, which no class reached. If the model only ranked the classes, a list with
their places replaces the bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from charts.answer import Bar, ChartContent, read_answer
from charts.canvas import Canvas
from charts.style import CHOSEN, GUIDE, INK, MUTED, OTHER, RAIL, THRESHOLD, TICK
from charts.text_layout import choose, measure, shorten, wrap
from charts.words import WORDS, percent
from triage.cascade import Decision, Rule
from triage.review import Language
from triage.taxonomy import Taxonomy

# The number of bars that a phone shows well, and the most for an answer of many classes.
BARS = 8
MOST_BARS = 12

# A title may have hundreds of letters.
TITLE_LINES = 3

# Telegram scales a photo down to 1280 pixels a side, so a longer list is set in columns.
ROWS_IN_COLUMN = 64

# Telegram refuses a photo of more than 10,000 pixels in width and height together. Three columns of
# titles with TITLE_LINES each have 9,400; the letters of a fourth would be too small for a phone.
MOST_COLUMNS = 3

_ANSWER_WIDTH = 800
_COLUMN_WIDTH = 1000
_MARGIN = 44

# Type, in pixels: an answer is read at about 0.45 of its size.
_HEADLINE = 44
_LEAD = 30
_NOTE = 26
_ROW = 24


@dataclass(frozen=True, slots=True)
class _Rail:
    """The position of the bars, from 0 at `x` to 1 at `x` + `length`."""

    x: float
    length: float

    def at(self, share: float) -> float:
        return self.x + share * self.length


def draw_answer(
    probabilities: Sequence[float],
    decision: Decision,
    taxonomy: Taxonomy,
    rule: Rule,
    language: Language,
) -> bytes:
    """
    Return a PNG of the most probable classes, readable at a width of 360 pixels.

    `probabilities` are 0 to 1, one for each class in the order of `taxonomy`.
    """
    return answer_page(read_answer(probabilities, decision, taxonomy, rule, language)).png()


def draw_all(
    probabilities: Sequence[float],
    decision: Decision,
    taxonomy: Taxonomy,
    rule: Rule,
    language: Language,
) -> bytes:
    """
    Return a PNG of every class, made for the full screen of a phone; arguments as above.

    Of more classes than MOST_COLUMNS hold it shows the most probable, and the number of the others.
    """
    return all_page(read_answer(probabilities, decision, taxonomy, rule, language)).png()


def answer_page(answer: ChartContent) -> Canvas:
    """Return the page of `draw_answer`."""
    page = Canvas(_ANSWER_WIDTH)
    words = WORDS[answer.language]
    rail = _Rail(_MARGIN, page.width - 2 * _MARGIN - 122)  # room for "100 %"
    top = y = _rung_label(page, _head(page, words.answer, answer), 0, page.width, rail, answer)
    shown = answer.best(BARS, MOST_BARS)
    for place, bar in enumerate(shown, start=1):
        if answer.only_ranked:
            y = _place_row(page, y, _MARGIN, page.width, place, bar, _LEAD) + 12
        else:
            y = _tall_row(page, y, bar, rail, answer.language)
    _guide(page, top, y - 8, rail, answer)
    left_out = sum(bar.chosen for bar in answer.bars) - sum(bar.chosen for bar in shown)
    if left_out:
        y += 42
        page.text(_MARGIN, y, words.more.format(count=left_out), _LEAD, CHOSEN, bold=True)
    page.end(y + _MARGIN)
    return page


def all_page(answer: ChartContent) -> Canvas:
    """Return the page of `draw_all`."""
    shown = answer.first(MOST_COLUMNS * ROWS_IN_COLUMN)
    columns = ceil(len(shown) / ROWS_IN_COLUMN)
    rows = ceil(len(shown) / columns)
    page = Canvas(_COLUMN_WIDTH * columns)
    words = WORDS[answer.language]
    top = _head(page, words.all_classes, answer)
    bottom = max(_column(page, top, column, rows, shown, answer) for column in range(columns))
    left_out = len(answer.bars) - len(shown)
    if left_out:
        bottom += 42
        page.text(_MARGIN, bottom, words.more.format(count=left_out), _LEAD, MUTED, bold=True)
    page.end(bottom + _MARGIN)
    return page


def _head(page: Canvas, headline: str, answer: ChartContent) -> int:
    """Draw the headline and the confidence; return the y at which the rest begins."""
    words = WORDS[answer.language]
    page.text(_MARGIN, 84, headline if answer.decided else words.person, _HEADLINE, INK, bold=True)
    lead = words.ranked if answer.only_ranked else words.confidence[answer.confidence]
    page.text(_MARGIN, 134, lead, _LEAD, MUTED)
    return 158


def _rung_label(
    page: Canvas, y: int, left: int, right: int, rail: _Rail, answer: ChartContent
) -> int:
    """Write the label of the line above it, inside the margins; return the y of the line's top."""
    words = WORDS[answer.language]
    if answer.only_ranked:
        page.text(left + _MARGIN, y + 34, words.order, _NOTE, INK, bold=True)
    if answer.own_thresholds:
        page.text(rail.x, y + 34, words.own_thresholds, _NOTE, THRESHOLD, bold=True)
    if answer.rung is None:
        return y + 44
    label = (words.reached if answer.decided else words.not_reached).format(
        rung=percent(answer.rung, answer.language)
    )
    half = measure(label, _NOTE, bold=True) / 2
    x = min(max(rail.at(answer.rung), left + _MARGIN + half), right - _MARGIN - half)
    page.text(x, y + 34, label, _NOTE, THRESHOLD, bold=True, align="center")
    return y + 44


def _guide(page: Canvas, top: int, bottom: int, rail: _Rail, answer: ChartContent) -> None:
    """Draw the line from its label down to the last bar, if one line holds for all bars."""
    if answer.rung is not None:
        page.line(rail.at(answer.rung), top, bottom, GUIDE)


def _tall_row(page: Canvas, y: int, bar: Bar, rail: _Rail, language: Language) -> int:
    """Draw a title with its bar below it; return the y of the next row."""
    y = _title(page, _MARGIN, y, page.width - _MARGIN, bar, _LEAD)
    _bar(page, y + 24, bar, rail, 22)
    number = percent(bar.probability, language)
    right = page.width - _MARGIN
    page.text(right, y + 35, number, _LEAD, _ink(bar), bold=bar.chosen, align="right")
    return y + 50


def _place_row(
    page: Canvas, y: int, left: int, right: int, place: int, bar: Bar, size_px: int
) -> int:
    """Draw the place of a class and its title; return the y of the next row."""
    number = left + 2 * size_px
    page.text(number, y + round(1.25 * size_px), f"{place}.", size_px, MUTED, align="right")
    return _title(page, number + size_px // 2, y, right - _MARGIN, bar, size_px)


def _column(
    page: Canvas, y: int, column: int, rows: int, shown: Sequence[Bar], answer: ChartContent
) -> int:
    """Draw rows of number, bar and title, or of place and title; return the y of their end."""
    left, first = column * _COLUMN_WIDTH, column * rows
    rail = _Rail(left + _MARGIN + 96, 190)
    right = left + _COLUMN_WIDTH
    top = y = _rung_label(page, y, left, right, rail, answer)
    for place, bar in enumerate(shown[first : first + rows], start=first + 1):
        if answer.only_ranked:
            y = _place_row(page, y, left + _MARGIN, right, place, bar, _ROW) + 5
            continue
        number = percent(bar.probability, answer.language)
        page.text(rail.x - 16, y + 29, number, _ROW, _ink(bar), bold=bar.chosen, align="right")
        _bar(page, y + 20, bar, rail, 18)
        y = _title(page, rail.x + rail.length + 24, y, right - _MARGIN, bar, _ROW) + 5
    _guide(page, top, y, rail, answer)
    return y


def _title(page: Canvas, x: float, y: int, right: int, bar: Bar, size_px: int) -> int:
    """Write a title between `x` and `right` in up to TITLE_LINES; return the y of the end."""
    if bar.chosen:
        page.text(x, y + round(1.2 * size_px), TICK, size_px, CHOSEN, bold=True)
        x += round(1.25 * size_px)
    title = choose((bar.title, *bar.other_titles), bold=bar.chosen)
    lines = wrap(title, right - x, size_px, bold=bar.chosen)
    for line in shorten(lines, TITLE_LINES, right - x, size_px, bold=bar.chosen):
        y += round(1.25 * size_px)
        page.text(x, y, line, size_px, _ink(bar), bold=bar.chosen)
    return y


def _bar(page: Canvas, middle: int, bar: Bar, rail: _Rail, height: int) -> None:
    """Draw a bar on its rail, thinner if it is not chosen, and its threshold across it."""
    thick = height if bar.chosen else height // 2
    top = middle - thick / 2
    page.bar(rail.x, top, rail.length, thick, RAIL)
    page.bar(rail.x, top, bar.probability * rail.length, thick, CHOSEN if bar.chosen else OTHER)
    if bar.threshold is not None:
        x = rail.at(bar.threshold)
        page.mark(x, middle - height / 2 - 4, middle + height / 2 + 4, THRESHOLD)


def _ink(bar: Bar) -> str:
    return INK if bar.chosen else MUTED
