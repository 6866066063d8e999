from dataclasses import replace

import pytest

from bot.archive.author_checks import SOMETHING_ELSE, AuthorCheck
from bot.archive.author_notes import AuthorNote
from bot.archive.bans import BanKind
from bot.archive.desk_records import Case, CaseState
from bot.desk import cards
from bot.desk.author_lines import author_lines, training_line
from bot.desk.authors import AuthorView
from bot.desk.card_keyboard import card_keyboard
from bot.desk.case_view import CaseView
from bot.form.text_limit import MAX_TEXT_LENGTH
from bot.form.validation import utf16_length
from tests.bot.desk.test_cards import CAPTION, LONG, answered, said
from tests.bot.samples import TAXONOMY, TEXTS, answer
from triage.review import LANGUAGES, Language

EN = TEXTS["en"]
NOTE = AuthorNote(555)


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (AuthorCheck(True, None, 1), "👍 Author: right"),
        (AuthorCheck(False, None, 1), "👎 Author: not right"),
        (AuthorCheck(False, 999, 1), "👎 Author: not right"),
        (
            AuthorCheck(False, SOMETHING_ELSE, 1),
            "👎 Author: not right, it is about something else",
        ),
        (AuthorCheck(False, 3, 1), f"👎 Author: it is about “{TAXONOMY.title(3, 'en')}”"),
    ],
)
def test_a_card_shows_what_the_author_said_about_the_answer(check: AuthorCheck, line: str) -> None:
    author = AuthorView(replace(NOTE, check=check))
    assert author_lines(author, TAXONOMY, EN) == [line]
    card = said(cards.card(answered(answer()), TAXONOMY, EN, CaseView(Case(12), author=author)))
    assert line in card.splitlines()


def test_photos_equal_texts_and_a_ban_share_one_line() -> None:
    author = AuthorView(replace(NOTE, photos=2, ban=BanKind.SILENT), same_text=3)
    assert author_lines(author, TAXONOMY, EN) == [
        "📷 Photos: 2 · 👥 Same text from 3 more authors · 🔇 The author's reviews are hidden"
    ]
    assert author_lines(AuthorView(NOTE, same_text=1), TAXONOMY, EN) == []


@pytest.mark.parametrize(
    ("note", "is_disputed", "key"),
    [
        (NOTE, False, "card-training-no-consent"),
        (replace(NOTE, has_consent=True), False, "card-training-excluded"),
        (replace(NOTE, has_consent=True, may_train=True), True, "card-training-disputed"),
        (replace(NOTE, has_consent=True, may_train=True), False, "card-training"),
    ],
)
def test_a_card_says_whether_its_labels_are_used_for_training(
    note: AuthorNote, is_disputed: bool, key: str
) -> None:
    assert training_line(note, EN, is_disputed=is_disputed) == EN(key)


def test_the_name_is_in_the_first_line_of_a_card_and_is_never_a_link() -> None:
    view = CaseView(Case(12), author=AuthorView(NOTE, name="Fox 4821"))
    card = said(cards.card(answered(answer()), TAXONOMY, EN, view))
    assert card.splitlines()[0] == "No. 12 · Fox 4821 · 2 of 6"
    hostile = CaseView(Case(12), author=AuthorView(NOTE, name="@admin"))
    assert "@admin" not in said(cards.card(answered(answer()), TAXONOMY, EN, hostile))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_with_all_data_about_its_author_fits_into_a_caption(language: Language) -> None:
    check = AuthorCheck(False, LONG.ids[0], 1)
    note = replace(NOTE, check=check, ban=BanKind.SILENT, photos=3, has_consent=True)
    view = CaseView(Case(12), author=AuthorView(note, name="W" * 24, same_text=99_999))
    review = answered(
        replace(answer(LONG.ids), probabilities=(1.0,) * len(LONG.ids)),
        number=10**18 - 1,
        rating=10,
        tags=LONG.topic_ids,
        text="ы" * MAX_TEXT_LENGTH,
    )
    card = said(cards.card(review, LONG, TEXTS[language], view))
    assert utf16_length(card) <= CAPTION
    assert review.text in card


@pytest.mark.parametrize(
    ("ban", "buttons"),
    [
        (None, ["↩️ Not spam", "⛔ Ban author", "🔇 Hide silently"]),
        (BanKind.OPEN, ["↩️ Not spam", "↩️ Lift the ban"]),
    ],
)
def test_a_spam_card_offers_to_ban_its_author(ban: BanKind | None, buttons: list[str]) -> None:
    case, author = Case(12, state=CaseState.SPAM), AuthorView(replace(NOTE, ban=ban))
    keyboard = card_keyboard(answered(answer()), CaseView(case, author=author), TAXONOMY, EN)
    assert [key.text for row in keyboard.inline_keyboard for key in row] == buttons
