"""The last lines of a card: its classes by a person, when and from where a review came."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.archive.desk_records import Case, Label, LabelKind, NewLabel
from bot.desk import cards
from bot.desk.case_view import CaseView
from bot.desk.standing import Standing
from bot.texts import load_texts
from tests.bot.samples import REVIEW, TAXONOMY, TEXTS, answer
from triage.review import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_the_source_of_the_link_that_the_customer_used(language: Language) -> None:
    review, say = replace(REVIEW, answer=answer()), TEXTS[language]
    card = cards.card(replace(review, source="branch-7"), TAXONOMY, say).render()[0]
    assert say("card-source", source="branch-7") in card
    assert "branch-7" not in cards.card(replace(review, source=""), TAXONOMY, say).render()[0]
    without = say("card-source", source="").strip()
    assert without not in cards.card(replace(review, source=""), TAXONOMY, say).render()[0]


@pytest.mark.parametrize(
    ("zone", "time"), [("UTC", "2024-07-14 23:33"), ("Asia/Tokyo", "2024-07-15 08:33")]
)
def test_a_card_shows_the_time_in_the_configured_time_zone(zone: str, time: str) -> None:
    review = replace(REVIEW, accepted_ms=1_721_000_000_000)
    say = load_texts(zone=ZoneInfo(zone))["en"]
    assert f"received {time}" in cards.card(review, TAXONOMY, say).render()[0]


@pytest.mark.parametrize(
    ("language", "line"), [("en", "(model: 61%)"), ("ru", "(модель: 61\N{NO-BREAK SPACE}%)")]
)
def test_the_per_cent_of_a_class_that_a_person_chose_is_called_the_models(
    language: Language, line: str
) -> None:
    review = replace(REVIEW, answer=answer((3,), share=0.61))
    content = NewLabel(7, LabelKind.CORRECT, (3,), "linear", "1", "t", 1000)
    view = CaseView(Case(12), Standing((Label(1, 12, content),)))
    card = cards.card(review, TAXONOMY, TEXTS[language], view).render()[0]
    assert f"• {TAXONOMY.title(3, language)} {line}" in card
    before = cards.card(review, TAXONOMY, TEXTS[language]).render()[0]
    assert line not in before
