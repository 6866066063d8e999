"""The form of companies that ask for other ratings and topics, or for none."""

from dataclasses import replace

import pytest
from aiogram.types import InlineKeyboardButton

from bot.desk import cards
from bot.form import screens
from bot.form.callbacks import FormTap
from bot.form.draft import (
    Do,
    Draft,
    FormPart,
    Step,
    asked,
    begun,
    complete,
    fitted,
    tapped,
    written,
)
from tests.bot.samples import REVIEW, TEXTS
from tests.taxonomies import EXTENTS, Extent, taxonomy_of
from triage.review import LANGUAGES
from triage.taxonomy import Taxonomy, load_taxonomy

EN = TEXTS["en"]
FORM_ID = "FormFormForm-_12"

# What Telegram allows (https://core.telegram.org/bots/api#inlinekeyboardbutton).
CALLBACK_BYTES, BUTTONS = 64, 100


def buttons(draft: Draft, taxonomy: Taxonomy) -> list[InlineKeyboardButton]:
    shown = screens.form(draft, taxonomy, EN, limit=300).buttons
    assert shown is not None
    found = [button for row in shown.inline_keyboard for button in row]
    assert len(found) <= BUTTONS
    assert max(len((button.callback_data or "").encode()) for button in found) <= CALLBACK_BYTES
    return found


def taps(draft: Draft, taxonomy: Taxonomy) -> list[FormTap]:
    return [FormTap.unpack(button.callback_data or "") for button in buttons(draft, taxonomy)]


def values(draft: Draft, taxonomy: Taxonomy, do: Do) -> list[str]:
    return [tap.value for tap in taps(draft, taxonomy) if tap.do is do]


def filled_in(taxonomy: Taxonomy) -> Draft:
    """Return the form after a customer has tapped the best rating, every topic and Done."""
    draft = begun(FORM_ID, taxonomy)
    if taxonomy.rating:
        best = values(draft, taxonomy, Do.RATE)[-1]
        draft = tapped(draft, Do.RATE, best, taxonomy) or draft
    if taxonomy.topics:
        for topic in values(draft, taxonomy, Do.TAG_ON):
            draft = tapped(draft, Do.TAG_ON, topic, taxonomy) or draft
        draft = tapped(draft, Do.TAGS_DONE, "", taxonomy) or draft
    assert draft.step is Step.TEXT
    return written(draft, FormPart(1, "Too slow"), taxonomy)


@pytest.mark.parametrize("extent", EXTENTS.values(), ids=EXTENTS)
def test_a_customer_gets_from_the_first_step_to_the_preview(extent: Extent) -> None:
    taxonomy = taxonomy_of(extent)
    draft = filled_in(taxonomy)

    assert complete(draft, taxonomy)
    assert draft.step is Step.PREVIEW
    assert len(draft.tags) == extent.topics
    assert draft.rating == (extent.scale and extent.scale[1])
    lines = screens.summary(draft, taxonomy, EN).render()[0].splitlines()
    assert len(lines) == 1 + (extent.scale is not None) + (extent.topics > 0)


@pytest.mark.parametrize("extent", EXTENTS.values(), ids=EXTENTS)
def test_only_fields_of_the_form_can_be_edited_later(extent: Extent) -> None:
    taxonomy = taxonomy_of(extent)
    editing = tapped(filled_in(taxonomy), Do.EDIT, "", taxonomy)

    assert editing is not None
    steps = values(editing, taxonomy, Do.AMEND)
    assert steps == [*asked(taxonomy)]
    for step in Step:
        amended = tapped(editing, Do.AMEND, step, taxonomy)
        assert (amended is not None) == (step in steps)
        if amended:
            assert tapped(amended, Do.BACK, "", taxonomy) == filled_in(taxonomy)


@pytest.mark.parametrize("extent", EXTENTS.values(), ids=EXTENTS)
def test_every_step_except_the_first_has_a_back_button(extent: Extent) -> None:
    taxonomy = taxonomy_of(extent)
    full = filled_in(taxonomy)
    for place, step in enumerate(asked(taxonomy)):
        draft = replace(full, parts=(), step=step, rating=full.rating if place else None)
        does = [tap.do for tap in taps(draft, taxonomy)]
        assert (Do.BACK in does) == (place > 0)
        back = tapped(draft, Do.BACK, "", taxonomy)
        assert back is not None
        assert back.step is asked(taxonomy)[max(0, place - 1)]


def test_the_faces_of_a_scale_go_from_the_worst_to_the_best() -> None:
    taxonomy = taxonomy_of(EXTENTS["1 to 5"])
    words = [button.text for button in buttons(begun(FORM_ID, taxonomy), taxonomy)]
    assert words[:5] == ["😡 1", "😕 2", "😐 3", "🙂 4", "🤩 5"]


def test_the_question_and_the_summary_name_the_ends_of_the_scale() -> None:
    taxonomy = taxonomy_of(EXTENTS["1 to 5"])
    question = screens.form(begun(FORM_ID, taxonomy), taxonomy, EN, limit=300).text.render()[0]
    assert question == "How did we do? Rate us from 1 (bad) to 5 (excellent)."
    assert "Rating: 5 of 5" in screens.summary(filled_in(taxonomy), taxonomy, EN).render()[0]


@pytest.mark.parametrize("value", ["0", "6"])
def test_a_rating_outside_the_scale_is_refused(value: str) -> None:
    taxonomy = taxonomy_of(EXTENTS["1 to 5"])
    assert tapped(begun(FORM_ID, taxonomy), Do.RATE, value, taxonomy) is None


def test_a_form_started_with_another_taxonomy_asks_for_the_missing_fields() -> None:
    before, after = load_taxonomy(), taxonomy_of(EXTENTS["1 to 5"])
    draft = replace(filled_in(before), rating=6)

    found = fitted(draft, after)

    assert (found.step, found.rating, found.tags, found.text) == (Step.RATING, None, (), "Too slow")
    assert fitted(draft, before) == draft


def test_a_form_whose_step_no_longer_exists_continues_with_the_next_one() -> None:
    before, after = load_taxonomy(), taxonomy_of(EXTENTS["nothing but a text"])
    assert fitted(begun(FORM_ID, before), after).step is Step.TEXT
    assert fitted(replace(filled_in(before), step=Step.TAGS), after).step is Step.PREVIEW


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("extent", EXTENTS.values(), ids=EXTENTS)
def test_a_card_shows_rating_and_topics_only_if_there_are_any(
    extent: Extent, language: str
) -> None:
    taxonomy = taxonomy_of(extent)
    draft = filled_in(taxonomy)
    review = replace(REVIEW, rating=draft.rating, tags=draft.tags, answer=None)
    say = TEXTS["ru" if language == "ru" else "en"]

    head, *rest = cards.card(review, taxonomy, say).render()[0].splitlines()

    assert (" · " in head) == (extent.scale is not None)
    assert any("Topic 0" in line for line in rest) == (extent.topics > 0)
    listed = cards.digest([review], taxonomy, say).render()[0]
    assert "None" not in listed
