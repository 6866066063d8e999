"""Which texts /find finds, and what it shows of them."""

import pytest

from bot.form.validation import utf16_length
from bot.private_desk.word_search import EXCERPT_LENGTH, QUERY_LENGTH, WordQuery, excerpt

TEXT = "Ёлку привёз КУРЬЕР-новичок, опоздал на 2 часа. It was late"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("курьер", 12),
        ("КУРЬ", 12),
        ("новичок", 19),
        ("елку", 0),
        ("привез ёл", 0),
        ("опозд курьер", 12),
        ("LATE", 54),
        ("2", 39),
        ("урьер", None),  # not the beginning of a word
        ("курьер вовремя", None),
        ("", None),
        ("?!", None),
    ],
)
def test_each_query_word_matches_the_start_of_a_word(query: str, place: int | None) -> None:
    assert WordQuery.parse(query).place_in(TEXT) == place


def test_case_folding_that_lengthens_a_letter_shifts_no_position() -> None:
    assert WordQuery.parse("опоздал").place_in("ẞẞẞ İİ опоздал") == 7


def test_a_query_is_truncated_to_the_length_that_a_list_shows() -> None:
    assert WordQuery.parse("слово " * 100).words == ("слово",)
    assert sum(map(len, WordQuery.parse("я" * 500).words)) < QUERY_LENGTH


def test_an_excerpt_starts_near_the_word_and_is_one_line() -> None:
    text = "слово " * 100 + "курьер\nопоздал " + "конец " * 100
    place = WordQuery.parse("курьер").place_in(text)
    assert place is not None
    shown = excerpt(text, place)
    assert shown.startswith("…слово")
    assert "курьер опоздал" in shown
    assert utf16_length(shown) <= EXCERPT_LENGTH
    assert excerpt("короткий") == "короткий"
    assert utf16_length(excerpt("🙂" * 600, 500)) <= EXCERPT_LENGTH
