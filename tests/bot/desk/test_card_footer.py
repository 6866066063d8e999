"""The last lines of a card: when and from where a review came."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.desk import cards
from bot.texts import load_texts
from tests.bot.samples import REVIEW, TAXONOMY, TEXTS, answer
from triage.review import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_names_the_link_that_its_customer_followed(language: Language) -> None:
    review, say = replace(REVIEW, answer=answer()), TEXTS[language]
    card = cards.card(replace(review, source="branch-7"), TAXONOMY, say).render()[0]
    assert say("card-source", source="branch-7") in card
    assert "branch-7" not in cards.card(replace(review, source=""), TAXONOMY, say).render()[0]
    without = say("card-source", source="").strip()
    assert without not in cards.card(replace(review, source=""), TAXONOMY, say).render()[0]


@pytest.mark.parametrize(
    ("zone", "time"), [("UTC", "2024-07-14 23:33"), ("Asia/Tokyo", "2024-07-15 08:33")]
)
def test_a_card_has_the_time_of_the_zone_that_is_set(zone: str, time: str) -> None:
    review = replace(REVIEW, accepted_ms=1_721_000_000_000)
    say = load_texts(zone=ZoneInfo(zone))["en"]
    assert f"received {time}" in cards.card(review, TAXONOMY, say).render()[0]
