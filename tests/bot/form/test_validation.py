import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.validation import Empty, TooLong, clean, refusal, utf16_length

EVERYTHING = st.text()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("abc", 3),
        ("Ёжик", 4),
        ("🙂", 2),
        ("a🙂b", 4),
        ("👨‍👩‍👧", 8),  # three surrogate pairs and two joiners
        ("e\u0301", 2),
        ("\ud83d", 1),
    ],
)
def test_length_is_counted_as_telegram_counts_it(text: str, length: int) -> None:
    assert utf16_length(text) == length


@given(EVERYTHING)
def test_a_character_outside_the_basic_multilingual_plane_counts_twice(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(c) > 0xFFFF else 1 for c in text)


@pytest.mark.parametrize("text", ["я" * 300, "🙂" * 150, "a" * 298 + "🙂"])
def test_a_text_of_exactly_the_limit_is_accepted(text: str) -> None:
    assert refusal(text, 300) is None


@pytest.mark.parametrize("text", ["я" * 301, "🙂" * 150 + "a", "a" * 299 + "🙂"])
def test_one_unit_over_the_limit_is_refused_with_length_and_limit(text: str) -> None:
    assert refusal(text, 300) == TooLong(length=301, limit=300)


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\n\n",
        "\u00a0",  # no-break space
        "\u200b\u200c\u200d\u2060\ufeff",  # zero width
        "\u3164",  # Hangul filler
        "\uffa0\u115f\u1160",
        "\u2800",  # Braille blank
        "\ufe0f\U000e0100",  # variation selectors
        "\u0301\u0489\u0903",  # combining marks alone
        "\u00ad",  # soft hyphen
        "\u200e\u200f\u061c",  # marks of direction
        "\U000e0041",  # tag letter
        "\ue000",  # private use: no font draws it
    ],
)
def test_a_text_without_visible_characters_counts_as_empty(blank: str) -> None:
    assert refusal(clean(blank), 300) == Empty()
    assert refusal(clean(blank * 400), 300) == Empty()


@pytest.mark.parametrize(
    "text",
    [
        "!",
        "5",
        "👎",
        "🇷🇺",
        "1️⃣",
        "é",
        "e\u0301",
        "…",
        "💔\ufe0f",
        "\u200bок\u200b",
        "⠁",
        "\U0001fae9",
    ],
)
def test_one_visible_character_is_enough(text: str) -> None:
    assert refusal(clean(text), 300) is None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  да \n", "да"),
        ("a\x00b\x1fc\x7fd\x85e", "a b c d e"),
        ("a\x0bb\x0cc", "a b c"),
        ("раз\r\nдва\rтри", "раз\nдватри"),
        ("a\u2028b\u2029c", "abc"),
        ("abc\u202edef\u202c", "abcdef"),
        ("\u2066слово\u2069", "слово"),
        ("с\u0333т\u033fр\u030a", "стр"),
        ("раз\n\nдва\tтри", "раз\n\nдва\tтри"),
        ("👨‍👩‍👧 и\u0306 e\u0301", "👨‍👩‍👧 и\u0306 e\u0301"),
    ],
)
def test_only_characters_that_telegram_removes_are_removed(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(EVERYTHING)
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(EVERYTHING)
def test_no_control_or_direction_override_character_remains(text: str) -> None:
    left = set(clean(text)) - {"\n", "\t"}
    assert not {c for c in left if unicodedata.category(c) == "Cc"}
    assert not {c for c in left if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLI", "PDF"}}


@given(EVERYTHING, st.integers(1, 400))
def test_a_cleaned_text_is_accepted_or_refused_for_one_reason(text: str, limit: int) -> None:
    cleaned = clean(text)
    reason = refusal(cleaned, limit)
    if isinstance(reason, TooLong):
        assert reason == TooLong(utf16_length(cleaned), limit)
        assert reason.length > limit
    elif reason is None:
        assert cleaned
        assert utf16_length(cleaned) <= limit


@pytest.mark.parametrize("hidden", ["\u200e", "\u200f", "\u061c", "\u2060", "\U000e0041", "\u2066"])
def test_invisible_and_direction_characters_are_removed(hidden: str) -> None:
    assert clean(f"при{hidden}вет") == "привет"


def test_stacked_combining_marks_are_limited_and_ordinary_ones_remain() -> None:
    assert clean("e" + "\u0301" * 50) == "e" + "\u0301" * 3
    assert clean("Việt, é, й") == "Việt, é, й"
    assert clean("❤️‍🔥 👨‍👩‍👧") == "❤️‍🔥 👨‍👩‍👧"
