"""The button that switches between the picture of an answer and that of all classes."""

from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, EditMessageMedia
from aiogram.types import BufferedInputFile, CallbackQuery, Chat, Message, User
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_checks import AuthorChecks
from bot.archive.case_store import CaseStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.delivery.pictures import Pictures
from bot.form.callbacks import Picture
from bot.handlers.picture import switch
from tests.bot.fake_telegram import NOT_FOUND, Telegram, refused
from tests.bot.group import answered
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TAXONOMY, TEXTS
from triage.review import Language


@pytest.fixture
def cases(sqlite_engine: AsyncEngine) -> CaseStore:
    return CaseStore(sqlite_engine, SEAL)


@pytest.mark.parametrize(
    ("spoken", "drawn"), [("ru", []), ("en", ["draw_answer en", "draw_all en"])]
)
async def test_after_a_language_change_the_picture_has_the_language_of_the_text(
    bot: Bot,
    reviews: Reviews,
    telegram: Telegram,
    painter: Painter,
    cases: CaseStore,
    spoken: Language,
    drawn: list[str],
) -> None:
    review = await answered(reviews, "chart", language="ru")
    await reviews.keep_picture(review.number, every_class=True, file_id="all")
    for every_class in (False, True):
        await _tap(bot, reviews, painter, cases, review, spoken, every_class=every_class)

    assert painter.drawn == drawn
    media = [call.media.media for call in telegram.said(EditMessageMedia)]
    assert all(isinstance(file, BufferedInputFile) for file in media) == bool(drawn)
    stored = await reviews.by_number(review.number)
    assert stored is not None
    if drawn:
        assert (stored.chart_file_id, stored.all_file_id) == ("chart", "all")


async def test_a_tap_below_an_answer_that_was_deleted_is_answered(
    bot: Bot, reviews: Reviews, telegram: Telegram, painter: Painter, cases: CaseStore
) -> None:
    review = await answered(reviews, "chart", language="ru")
    telegram.next.append(refused(NOT_FOUND))
    await _tap(bot, reviews, painter, cases, review, "ru", every_class=True)
    assert len(telegram.said(AnswerCallbackQuery)) == 1


async def _tap(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    cases: CaseStore,
    review: Review,
    spoken: Language,
    *,
    every_class: bool,
) -> None:
    person = User(id=review.user_id, is_bot=False, first_name="A")
    chat = Chat(id=review.chat_id, type="private")
    shown = Message(message_id=review.message_id, date=datetime.now(UTC), chat=chat)
    query = CallbackQuery(id="1", from_user=person, chat_instance="1", message=shown).as_(bot)
    await switch(
        query,
        Picture(number=review.number, every_class=every_class),
        bot=bot,
        reviews=reviews,
        pictures=Pictures(painter, TAXONOMY),  # type: ignore[arg-type]
        cases=cases,
        author_checks=AuthorChecks(reviews._engine),
        taxonomy=TAXONOMY,
        say=TEXTS[spoken],
    )
