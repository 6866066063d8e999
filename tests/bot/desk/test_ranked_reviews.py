"""A review that the model could not classify: moderators read an order and no percentages."""

from dataclasses import replace

import pytest
from aiogram.utils.formatting import Text

from bot.archive.desk_records import Case, Label, LabelKind, NewLabel
from bot.archive.records import StoredAnswer
from bot.delivery import customer_messages
from bot.desk import cards
from bot.desk.alternatives import alternatives
from bot.desk.case_view import CaseView
from bot.desk.panel import PanelView, panel_keyboard, panel_text, top_screen
from bot.desk.standing import Standing
from tests.bot.samples import REVIEW, TAXONOMY, TEXTS, answer, probabilities
from triage.cascade import Confidence
from triage.review import LANGUAGES, Language

SHARES = probabilities((7, 0.05), (8, 0.03), (9, 0.02))
RANKED = replace(answer((7,), Confidence.PERSON), probabilities=SHARES)
UNSURE = replace(RANKED, probabilities=probabilities((7, 0.19), (8, 0.03), (9, 0.02)))
BY_PERSON = NewLabel(1, LabelKind.CORRECT, (7,), "m", "1", TAXONOMY.digest, settled_ms=0)
SETTLED = CaseView(Case(12), Standing((Label(1, 12, BY_PERSON),)))


def said(text: Text) -> str:
    return text.render()[0]


def panel_of(known: StoredAnswer, language: Language) -> str:
    """Return all words of the open panel and of its buttons."""
    review = replace(REVIEW, answer=known)
    view = PanelView(review, alternatives(known, TAXONOMY), (), TAXONOMY, TEXTS[language])
    screen = top_screen(view)
    buttons = panel_keyboard(view, screen).inline_keyboard
    words = [button.text for row in buttons for button in row]
    return "\n".join([said(panel_text(view, screen)), *words])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_of_a_ranking_says_so_and_lists_suggestions_without_percentages(
    language: Language,
) -> None:
    say, review = TEXTS[language], replace(REVIEW, answer=RANKED)
    card = said(cards.card(review, TAXONOMY, say))
    titles = [f"• {TAXONOMY.title(class_id, language)}" for class_id in (7, 8, 9)]
    words = "\n".join([say("card-ranked"), say("card-closest-ranked"), *titles])
    assert f"{words}\n" in card
    assert "%" not in card
    assert say("card-ranked") in said(cards.digest([review], TAXONOMY, say))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_corrected_card_of_a_ranking_has_no_percentage(language: Language) -> None:
    unsure, ranked = (
        said(cards.card(replace(REVIEW, answer=known), TAXONOMY, TEXTS[language], SETTLED))
        for known in (UNSURE, RANKED)
    )
    assert "19" in unsure
    assert "%" in unsure
    assert "%" not in ranked


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_panel_of_a_ranking_has_no_percentages_and_says_why(language: Language) -> None:
    say, panel = TEXTS[language], panel_of(RANKED, language)
    assert "%" not in panel
    assert say("panel-guess-ranked") in panel
    assert say("panel-hint-ranked") in panel
    assert say("panel-hint") in panel_of(UNSURE, language)
    assert "%" in panel_of(UNSURE, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_author_of_a_ranking_reads_that_a_person_reads_the_review(language: Language) -> None:
    say = TEXTS[language]
    text = said(customer_messages.answer(replace(REVIEW, answer=RANKED), TAXONOMY, say))
    assert text.splitlines()[1:] == [say("answer-ranked")]


def test_an_answered_review_is_no_ranking_whatever_its_probabilities() -> None:
    """A rule may have a rung below the height of a ranking."""
    low = replace(answer((7,), Confidence.GUESS), probabilities=SHARES)
    assert not low.only_ranked
    assert low.shares(TAXONOMY)[7] == 0.05
    assert RANKED.only_ranked
    assert RANKED.shares(TAXONOMY) == {}
