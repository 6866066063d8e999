"""Photos in the form: at most three, at any step, and removed with one tap."""

from dataclasses import replace

import pytest

from bot.form.draft import (
    MAX_PHOTOS,
    Do,
    Draft,
    FormPart,
    FormPhoto,
    Step,
    begun,
    pictured,
    repictured,
    tapped,
)
from bot.form.screens import form
from tests.bot.samples import TAXONOMY, TEXTS

FULL = Draft(
    "f",
    Step.PREVIEW,
    rating=3,
    tags_done=True,
    parts=(FormPart(1, "Мятая коробка"),),
    photos=(FormPhoto(1, "a"), FormPhoto(2, "b")),
)


def test_a_fourth_photo_is_refused_and_a_repeated_photo_is_replaced() -> None:
    draft = begun("f", TAXONOMY)
    for number in range(MAX_PHOTOS):
        after = pictured(draft, FormPhoto(number, f"file {number}"))
        assert after is not None
        draft = after
    assert pictured(draft, FormPhoto(9, "one too many")) is None
    again = pictured(draft, FormPhoto(1, "other size"))
    assert again is not None
    assert [photo.file_id for photo in again.photos] == ["file 0", "other size", "file 2"]


def test_photos_alone_do_not_complete_a_review() -> None:
    draft = pictured(begun("f", TAXONOMY), FormPhoto(1, "a"))
    assert draft is not None
    assert draft.step is Step.RATING


@pytest.mark.parametrize(
    ("caption", "text", "step"),
    [("Совсем мятая", "Совсем мятая", Step.PREVIEW), ("", "", Step.TEXT)],
)
def test_an_edited_caption_becomes_the_text_and_a_removed_one_is_asked_for(
    caption: str, text: str, step: Step
) -> None:
    after = repictured(FULL, FormPhoto(1, "new"), FormPart(1, caption), TAXONOMY)
    assert after is not None
    assert (after.text, after.step, after.photos[0].file_id) == (text, step, "new")
    assert repictured(FULL, FormPhoto(9, "x"), FormPart(9, ""), TAXONOMY) is None


def test_photos_can_be_removed_only_in_the_edit_step() -> None:
    assert tapped(FULL, Do.PHOTOS_OFF, "", TAXONOMY) is None
    assert tapped(replace(FULL, step=Step.EDIT), Do.PHOTOS_OFF, "", TAXONOMY) == replace(
        FULL, photos=()
    )


@pytest.mark.parametrize("step", Step)
def test_every_step_shows_the_number_of_photos(step: Step) -> None:
    for draft in (replace(FULL, step=step), replace(FULL, step=step, photos=())):
        screen = form(draft, TAXONOMY, TEXTS["en"], limit=300)
        assert screen.buttons is not None
        labels = [key.text for row in screen.buttons.inline_keyboard for key in row]
        assert ("Photos: 2" in screen.text.render()[0]) == bool(draft.photos)
        assert ("Remove photos" in labels) == (step is Step.EDIT and bool(draft.photos))
