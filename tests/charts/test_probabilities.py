import io
import pickle
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Bbox
from PIL import Image

from charts.answer import ChartContent, read_answer
from charts.canvas import Canvas, TextLine
from charts.probabilities import (
    BARS,
    MOST_COLUMNS,
    ROWS_IN_COLUMN,
    all_page,
    answer_page,
    draw_all,
    draw_answer,
)
from charts.style import CHOSEN, OTHER, TICK
from charts.text_layout import measure
from charts.words import WORDS
from sandbox.telegram.rules import check_photo_size
from tests.charts.samples import TAXONOMY, answered, company, long_title, spread
from triage.cascade import Ladder, PerClass, decide
from triage.review import LANGUAGES, Language
from triage.taxonomy import Taxonomy

SURE = {15: 0.93}
FOUR = {0: 0.71, 2: 0.66, 24: 0.64, 31: 0.58, 16: 0.31}
GUESS = {24: 0.27, 26: 0.24}
PERSON = {19: 0.19, 39: 0.17}
RANKED = {7: 0.05, 3: 0.049}
FIFTEEN = {place: 0.6 for place in range(15)}
EVERYTHING = {place: 1.0 for place in range(50)}
ANSWERS = [SURE, FOUR, GUESS, PERSON, FIFTEEN, EVERYTHING, {}]

MOST_BARS_OF_ALL = MOST_COLUMNS * ROWS_IN_COLUMN

three = company(3, "Class {}".format)
wide = company(120, long_title)


def very_long_title(place: int) -> str:
    """Return a title that is cut after the most lines."""
    return f"{place} {long_title(place) * 4}"


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def texts(page: Canvas) -> list[TextLine]:
    return page.figure.findobj(TextLine)


def said(page: Canvas) -> list[str]:
    return [text.words for text in texts(page)]


def box(text: TextLine) -> Bbox:
    """Return where a line of text lies; descenders take a quarter of its size."""
    width = measure(text.words, text.size_px, text.bold)
    return Bbox.from_bounds(text.x, text.y - 0.75 * text.size_px, width, text.size_px)


def assert_nothing_clipped(page: Canvas) -> None:
    """Every text lies inside the page, apart from the others; the outer margin is blank."""
    image = picture(page.png())
    inside = Bbox.from_extents(20, 20, image.width - 20, image.height - 20)
    boxes = {(text.words, text.x, text.y): box(text) for text in texts(page)}
    for text, bounds in boxes.items():
        assert inside.containsx(bounds.x0), text
        assert inside.containsx(bounds.x1), text
        assert inside.containsy(bounds.y0), text
        assert inside.containsy(bounds.y1), text
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        assert not a.overlaps(b), (one, other)
    blank = image.copy()
    blank.paste(image.getpixel((0, 0)), (20, 20, image.width - 20, image.height - 20))
    assert blank.getcolors() == [(image.width * image.height, image.getpixel((0, 0)))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("top", ANSWERS)
def test_nothing_is_clipped_and_no_text_covers_another(
    top: dict[int, float], language: Language
) -> None:
    answer = read_answer(*answered(top), language)
    assert_nothing_clipped(answer_page(answer))
    assert_nothing_clipped(all_page(answer))


@pytest.mark.parametrize("taxonomy", [three, wide, company(50, long_title)])
@pytest.mark.parametrize("top", [SURE, {0: 0.6, 1: 0.97, 2: 1.0}, PERSON])
def test_classes_of_a_custom_taxonomy_are_not_clipped(
    taxonomy: Taxonomy, top: dict[int, float]
) -> None:
    answer = read_answer(*answered(top, taxonomy), "ru")
    assert_nothing_clipped(answer_page(answer))
    assert_nothing_clipped(all_page(answer))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=50, max_size=50),
    st.floats(0.01, 0.99),
    st.sampled_from(LANGUAGES),
)
def test_charts_with_any_probabilities_and_rung_are_not_clipped(
    probabilities: list[float], rung: float, language: Language
) -> None:
    rule = Ladder(rungs=(rung,), fallback="most_probable")
    decision = decide(probabilities, TAXONOMY.ids, rule)
    assert_nothing_clipped(
        answer_page(read_answer(probabilities, decision, TAXONOMY, rule, language))
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("top", [SURE, PERSON])
def test_charts_with_per_class_thresholds_are_not_clipped(
    top: dict[int, float], language: Language
) -> None:
    rule = PerClass(
        thresholds=tuple(0.2 + place / 70 for place in range(50)), fallback="most_probable"
    )
    probabilities, *_ = answered(top)
    decision = decide(probabilities, TAXONOMY.ids, rule)
    answer = read_answer(probabilities, decision, TAXONOMY, rule, language)
    assert_nothing_clipped(answer_page(answer))
    assert_nothing_clipped(all_page(answer))


def test_a_picture_drawn_from_pickled_input_is_identical() -> None:
    sent = pickle.loads(pickle.dumps(answered(FOUR)))
    assert draw_answer(*sent, "ru") == draw_answer(*answered(FOUR), "ru")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("top", ANSWERS)
def test_pictures_meet_the_size_limits_for_telegram_photos(
    top: dict[int, float], language: Language
) -> None:
    for draw, most_bytes in ((draw_answer, 100_000), (draw_all, 10_000_000)):
        png = draw(*answered(top), language)
        width, height = picture(png).size
        assert png.startswith(b"\x89PNG")
        assert len(png) <= most_bytes
        assert width + height <= 10_000
        assert max(width, height) <= 2.5 * min(width, height)


def test_a_chart_of_120_classes_meets_the_limits_for_photos() -> None:
    width, height = picture(draw_all(*answered(FOUR, wide), "ru")).size
    assert width + height <= 10_000
    assert max(width, height) <= 2.5 * min(width, height)


def test_a_chart_of_very_many_classes_meets_the_limits_for_photos() -> None:
    answer = read_answer(*answered(FOUR, company(1000, very_long_title)), "ru")
    width, height = picture(all_page(answer).png()).size
    check_photo_size(width, height)


@pytest.mark.parametrize(("language", "more"), [("en", "and 808 more"), ("ru", "и ещё 808")])
def test_of_very_many_classes_the_most_probable_and_the_number_of_others_are_shown(
    language: Language, more: str
) -> None:
    page = all_page(read_answer(*answered({999: 0.9, 0: 0.003}, company(1000, str)), language))
    words = said(page)
    assert more in words
    assert "999" in words
    assert sum(word.isdigit() for word in words) == MOST_BARS_OF_ALL
    assert_nothing_clipped(page)


def test_no_chosen_class_is_left_out_for_a_more_probable_one() -> None:
    rule = PerClass(thresholds=(*[0.9] * 999, 0.2), fallback="most_probable")
    probabilities = [*[0.5] * 999, 0.3]
    taxonomy = company(1000, str)
    decision = decide(probabilities, taxonomy.ids, rule)
    assert "999" in said(all_page(read_answer(probabilities, decision, taxonomy, rule, "en")))


@pytest.mark.parametrize("draw", [draw_answer, draw_all])
def test_equal_input_gives_equal_bytes(draw: Callable[..., bytes]) -> None:
    first = draw(*answered(FOUR), "ru")
    draw(*answered(SURE, wide), "en")
    assert draw(*answered(FOUR), "ru") == first


def test_a_chart_shows_titles_percentages_and_the_deciding_threshold() -> None:
    words = said(answer_page(read_answer(*answered(SURE), "en")))
    assert TAXONOMY.title(15, "en") in words
    assert "93%" in words
    assert "threshold 55%" in words
    assert "The model is sure" in words
    assert sum(word.endswith("%") and not word.startswith("threshold") for word in words) == BARS


def test_every_chosen_class_has_a_tick_and_bold_type() -> None:
    page = answer_page(read_answer(*answered(FOUR), "en"))
    assert said(page).count(TICK) == 4
    titles = {text.words: text.bold for text in texts(page)}
    assert titles[TAXONOMY.title(0, "en")]
    assert not titles[TAXONOMY.title(16, "en")]


def test_chosen_bars_are_thicker_than_others() -> None:
    image = picture(draw_answer(*answered(FOUR), "en"))
    left_edge = image.crop((52, 150, 53, image.height))

    def near(pixel: tuple[int, ...], color: str) -> bool:
        wanted = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        return all(abs(a - b) <= 3 for a, b in zip(pixel, wanted, strict=True))

    column = [left_edge.getpixel((0, y)) for y in range(left_edge.height)]
    chosen, other = (sum(near(p, color) for p in column) for color in (CHOSEN, OTHER))
    assert chosen / 4 > 1.5 * other / 4 > 0


def test_the_number_of_omitted_classes_is_shown() -> None:
    assert "and 3 more" in said(answer_page(read_answer(*answered(FIFTEEN), "en")))
    assert "и ещё 3" in said(answer_page(read_answer(*answered(FIFTEEN), "ru")))


@pytest.mark.parametrize("page_of", [answer_page, all_page])
def test_the_chart_of_an_undecided_review_refers_to_a_person_and_ticks_no_class(
    page_of: Callable[[ChartContent], Canvas],
) -> None:
    words = said(page_of(read_answer(*answered(PERSON), "en")))
    assert "A person will look at this" in words
    assert "threshold 20% not reached" in words
    assert TICK not in words


@pytest.mark.parametrize("page_of", [answer_page, all_page])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chart_of_a_ranking_has_places_but_no_percentages_bars_or_threshold(
    page_of: Callable[[ChartContent], Canvas], language: Language
) -> None:
    page = page_of(read_answer(*answered(RANKED), language))
    words = said(page)
    assert WORDS[language].ranked in words
    assert WORDS[language].order in words
    assert "%" not in "".join(words)
    assert page.figure.findobj(FancyBboxPatch) + page.figure.findobj(Line2D) == []
    titles = [TAXONOMY.public_title(class_id, language) for class_id in (7, 3)]
    assert f" 1. {titles[0]} 2. {titles[1]} 3. " in " ".join(words)
    assert_nothing_clipped(page)


def test_the_places_of_a_long_ranking_count_through_its_columns() -> None:
    page = all_page(read_answer(*answered({}, company(150, str)), "en"))
    assert [word for word in said(page) if word.endswith(".")] == [f"{n}." for n in range(1, 151)]
    assert_nothing_clipped(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_full_chart_contains_every_class(language: Language) -> None:
    words = " ".join(said(all_page(read_answer(*answered(FOUR), language))))
    titles = {c.slug: TAXONOMY.public_title(c.id, language) for c in TAXONOMY.classes}
    missing = [slug for slug, title in titles.items() if title not in words]
    assert missing == []


def test_numpy_probabilities_give_the_same_chart() -> None:
    numpy = pytest.importorskip("numpy")
    probabilities, *rest = answered(SURE)
    exact = numpy.array(probabilities, dtype=numpy.float32)
    assert draw_answer(exact, *rest, "ru") == draw_answer(probabilities, *rest, "ru")
    assert probabilities == spread(SURE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("taxonomy", [TAXONOMY, three, wide, company(9, very_long_title)])
@pytest.mark.parametrize("top", [{0: 0.9, 1: 0.8}, {0: 0.39, 1: 0.38}, PERSON])
def test_no_line_of_a_threshold_crosses_a_title(
    taxonomy: Taxonomy, top: dict[int, float], language: Language
) -> None:
    answer = read_answer(*answered(top, taxonomy), language)
    for page in (answer_page(answer), all_page(answer)):
        for line in page.figure.findobj(Line2D):
            (x, _), (top_y, bottom_y) = line.get_data()
            bounds = Bbox.from_extents(x - 2, top_y, x + 2, bottom_y)
            assert [text.words for text in texts(page) if box(text).overlaps(bounds)] == []


def test_the_line_of_a_threshold_still_leads_from_its_label_to_the_last_bar() -> None:
    page = answer_page(read_answer(*answered({0: 0.9}, three), "en"))
    guides = [line.get_ydata() for line in page.figure.findobj(Line2D) if not line.get_zorder()]
    label = next(text.y for text in texts(page) if text.words.startswith("threshold"))
    assert min(map(min, guides)) < label + 20
    assert max(map(max, guides)) > max(text.y for text in texts(page))
