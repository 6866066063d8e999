from dataclasses import replace
from typing import Any

import pytest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from aiogram.utils.formatting import Text
from hypothesis import given
from hypothesis import strategies as st

from bot.form import screens
from bot.form.callbacks import FormTap, PickLanguage, Picture
from bot.form.draft import LEGAL, Do, Draft, FormPart, Step
from bot.form.validation import utf16_length
from bot.texts import Say
from tests.bot.samples import HOSTILE, TAXONOMY, TEXTS
from triage.review import LANGUAGES, Language

RU = TEXTS["ru"]
TAGS = TAXONOMY.topic_ids

FULL = Draft(
    form_id="FormFormForm-_12",
    step=Step.PREVIEW,
    rating=2,
    tags=("PRICE", "DELIVERY"),
    tags_done=True,
    parts=(FormPart(1, "Поздно"),),
    message_id=10,
)


def buttons(keyboard: InlineKeyboardMarkup | None) -> list[list[InlineKeyboardButton]]:
    assert keyboard is not None
    return keyboard.inline_keyboard


def words(keyboard: InlineKeyboardMarkup | None) -> list[list[str]]:
    return [[button.text for button in row] for row in buttons(keyboard)]


def data_of(keyboard: InlineKeyboardMarkup | None) -> list[str]:
    return [button.callback_data or "" for row in buttons(keyboard) for button in row]


def shown(step: Step, say: Say = RU, **changes: Any) -> screens.Screen:
    return screens.form(replace(FULL, step=step, **changes), TAXONOMY, say, limit=300)


def entities(text: Text) -> list[tuple[str, str]]:
    """Return the kind of each entity and the words that Telegram would cut out for it."""
    said, found = text.render()
    units = said.encode("utf-16-le")
    return [(e.type, _cut(units, e)) for e in found]


def _cut(units: bytes, entity: MessageEntity) -> str:
    assert entity.offset >= 0
    assert 2 * (entity.offset + entity.length) <= len(units)
    return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def test_ratings_are_shown_in_order_with_one_face_each() -> None:
    first, second, leave = words(shown(Step.RATING, rating=None, tags_done=False).buttons)
    assert first == ["😡 0", "😠 1", "😕 2", "😐 3"]
    assert second == ["🙂 4", "😀 5", "🤩 6"]
    assert leave == ["Отменить"]


def test_every_rating_button_contains_its_own_value() -> None:
    taps = [FormTap.unpack(data) for data in data_of(shown(Step.RATING).buttons)]
    assert [tap.value for tap in taps if tap.do is Do.RATE] == ["0", "1", "2", "3", "4", "5", "6"]


def test_a_chosen_tag_is_ticked_and_its_button_removes_it() -> None:
    keyboard = shown(Step.TAGS).buttons
    by_words = {button.text: button for row in buttons(keyboard) for button in row}
    assert FormTap.unpack(by_words["✅ Цены"].callback_data or "").do is Do.TAG_OFF
    assert FormTap.unpack(by_words["Поддержка"].callback_data or "").do is Do.TAG_ON
    ticked = [text for text in by_words if text.startswith("✅")]
    assert sorted(ticked) == ["✅ Доставка", "✅ Цены"]


@pytest.mark.parametrize(
    ("tags", "said"), [((), "Пропустить"), (("PRICE",), "Готово (1)"), (TAGS, "Готово (8)")]
)
def test_the_button_below_the_tags_says_skip_until_one_is_chosen(
    tags: tuple[str, ...], said: str
) -> None:
    rows = words(shown(Step.TAGS, tags=tags).buttons)
    assert rows[-2] == [said]
    assert [len(row) for row in rows] == [2, 2, 2, 2, 1, 2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", Step)
def test_every_step_has_a_cancel_button(step: Step, language: Language) -> None:
    taps = [FormTap.unpack(d).do for d in data_of(shown(step, TEXTS[language]).buttons)]
    assert Do.CANCEL in taps
    assert (Do.BACK in taps) == (step is not Step.PREVIEW)


def test_a_step_shows_no_button_that_it_refuses() -> None:
    for step in Step:
        taps = [FormTap.unpack(data) for data in data_of(shown(step).buttons)]
        assert {tap.do for tap in taps} <= LEGAL[step]


FORM_IDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", max_size=32)


@given(FORM_IDS, st.sampled_from(Step), st.sampled_from(LANGUAGES), st.booleans())
def test_callback_data_fits_into_64_bytes(
    form_id: str, step: Step, language: Language, chosen: bool
) -> None:
    tags = TAGS if chosen else ()
    screen = shown(step, TEXTS[language], form_id=form_id, tags=tags)
    for data in data_of(screen.buttons):
        assert 0 < len(data.encode()) <= 64
        assert FormTap.unpack(data).form == form_id


@given(st.integers(0, 2**63 - 1), st.booleans())
def test_picture_and_language_buttons_fit_into_64_bytes(number: int, every: bool) -> None:
    keyboard = screens.picture_button(number, RU, shows_every_class=every)
    [data] = data_of(keyboard)
    assert len(data.encode()) <= 64
    assert Picture.unpack(data) == Picture(number=number, every_class=not every)
    assert all(len(PickLanguage(language=x).pack().encode()) <= 64 for x in LANGUAGES)


@pytest.mark.parametrize("step", [Step.PREVIEW, Step.EDIT])
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_typed_by_a_person_never_becomes_formatting(step: Step, language: Language) -> None:
    screen = shown(
        step, TEXTS[language], parts=(FormPart(1, HOSTILE), FormPart(2, "*_`[x](http://y)"))
    )
    said, _ = screen.text.render()
    typed = HOSTILE + "\n*_`[x](http://y)"
    assert typed in said
    kinds = {kind for kind, _ in entities(screen.text)}
    assert kinds <= {"bold", "blockquote"}
    assert ("blockquote", typed) in entities(screen.text)


@given(st.text(min_size=1, max_size=300))
def test_the_quote_contains_exactly_the_text(text: str) -> None:
    assert ("blockquote", text) in entities(shown(Step.PREVIEW, parts=(FormPart(1, text),)).text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", Step)
def test_every_screen_fits_into_one_message(step: Step, language: Language) -> None:
    screen = shown(step, TEXTS[language], tags=TAGS, parts=(FormPart(1, "🙂" * 200),))
    assert 0 < utf16_length(screen.text.render()[0]) <= 4096


def test_an_outdated_form_message_still_shows_the_filled_in_fields() -> None:
    left = screens.moved_on(FULL, TAXONOMY, RU)
    assert left.buttons is None
    assert left.text.render()[0].splitlines() == [
        "Оценка: 2 из 6",
        "Темы: Цены, Доставка",
        "Отзыв продолжается ниже ↓",
    ]


def test_the_rating_question_after_a_text_says_that_the_text_is_saved() -> None:
    said, _ = shown(Step.RATING, rating=None).text.render()
    assert said.startswith("Текст сохранён.")
    said, _ = shown(Step.RATING, rating=None, parts=()).text.render()
    assert "Текст" not in said
