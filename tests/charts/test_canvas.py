import io
from typing import Any

from PIL import Image, ImageColor

from charts.canvas import Canvas
from charts.style import CHOSEN, INK, PAGE


def picture(page: Canvas) -> Image.Image:
    return Image.open(io.BytesIO(page.png())).convert("L")


def page_with(x: float, y: float) -> Canvas:
    page = Canvas(200)
    page.bar(x, y, 40, 20, INK)
    page.end(100)
    return page


def test_a_page_has_the_given_size() -> None:
    assert picture(page_with(0, 0)).size == (200, 100)


def test_coordinates_start_at_the_upper_left_corner() -> None:
    image = picture(page_with(10, 60))
    assert image.getpixel((30, 70)) < 50
    assert image.getpixel((30, 30)) > 250
    assert image.getpixel((30, 55)) > 250
    assert image.getpixel((55, 70)) > 250


def test_text_is_placed_on_its_baseline_and_aligned() -> None:
    ink = []
    for align in ("left", "center", "right"):
        page = Canvas(400)
        page.text(200, 60, "HHHH", 30, INK, align=align)
        page.end(100)
        box = picture(page).point(lambda value: 255 * (value < 128)).getbbox()
        assert box is not None
        ink.append(box)
    left, center, right = ink
    assert all(abs(box[3] - 60) <= 1 for box in ink)
    assert left[0] >= 200
    assert abs((center[0] + center[2]) / 2 - 200) <= 2
    assert right[2] <= 200


def test_a_dollar_sign_starts_no_markup() -> None:
    page = Canvas(400)
    page.text(10, 60, r"$\frac$ {x} _y_ ^z", 30, INK)
    page.end(100)
    assert picture(page).getextrema()[0] < 50


def test_a_drawn_page_keeps_no_pixels() -> None:
    page = page_with(10, 60)
    first = page.png()
    drawn: Any = page.figure.canvas  # the page is in a cycle that only the garbage collector frees
    assert drawn.renderer is None
    assert page.png() == first


def test_equal_pages_give_equal_bytes() -> None:
    assert page_with(1, 2).png() == page_with(1, 2).png()
    assert page_with(1, 2).png() != page_with(1, 12).png()


def test_bars_and_page_have_exactly_the_given_colours() -> None:
    page = Canvas(200)
    page.bar(10, 60, 40, 20, CHOSEN)
    page.end(100)
    image = Image.open(io.BytesIO(page.png())).convert("RGB")
    assert image.getpixel((30, 70)) == ImageColor.getrgb(CHOSEN)
    assert image.getpixel((0, 0)) == ImageColor.getrgb(PAGE)
