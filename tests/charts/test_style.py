import pytest

from charts import style


def luminance(color: str) -> float:
    """Return the relative luminance as WCAG 2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("color", [style.INK, style.MUTED, style.CHOSEN, style.THRESHOLD])
def test_text_has_enough_contrast_to_the_page(color: str) -> None:
    assert contrast(color, style.PAGE) >= 4.5


def test_chosen_bars_have_enough_contrast_to_other_bars() -> None:
    assert contrast(style.CHOSEN, style.OTHER) >= 2
    assert contrast(style.OTHER, style.RAIL) >= 2
