import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat, TelegramNetworkError
from aiogram.methods import DeleteMessage, SendMessage, SendPhoto, TelegramMethod
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.personal_data import PersonalData
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.tables import cards
from bot.delivery.card_sender import CardSender
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Telegram, cut_off, refused
from tests.bot.group import (
    GROUP,
    SUPERGROUP,
    all_shown,
    answered,
    desk_of,
    has_card,
    listed,
    set_group,
)
from tests.bot.painter import Painter
from tests.bot.samples import SEAL


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.card_sender.RETRY_S", 0.01)


def moved(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramMigrateToChat(method, "group migrated", migrate_to_chat_id=SUPERGROUP)


async def test_a_picture_that_telegram_refuses_costs_only_the_picture(
    desk: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    telegram.next.append(refused("Bad Request: wrong file identifier/HTTP URL specified"))
    await all_shown(desk, reviews)
    photo, card = telegram.calls
    assert isinstance(photo, SendPhoto)
    assert isinstance(card, SendMessage)
    assert card.text == photo.caption
    assert review.text in card.text


async def test_a_group_that_has_moved_is_followed(
    bot: Bot, painter: Painter, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    group = set_group()
    await answered(reviews)
    telegram.next.append(moved)
    await all_shown(desk_of(bot, reviews, painter, group=group), reviews)
    assert [call.chat_id for call in telegram.said(SendPhoto)] == [GROUP, SUPERGROUP]
    assert await group.chat_id() == SUPERGROUP
    async with sqlite_engine.connect() as connection:
        assert (await connection.scalars(select(cards.c.chat_id))).all() == [SUPERGROUP]


async def test_a_card_that_was_not_sent_is_not_counted_as_shown_and_goes_later(
    desk: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    waiting: list[int] = []

    def fail(method: TelegramMethod[object]) -> TelegramAPIError:
        waiting.append(len(telegram.calls))
        return cut_off(method)

    review = await answered(reviews)
    telegram.next.extend([fail, fail])
    with pytest.raises(TelegramNetworkError):
        await desk.show(review)
    assert [r.number for r in await reviews.uncarded(9)] == [review.number]
    await all_shown(desk, reviews)
    assert waiting == [1, 2]
    assert len(telegram.said(SendPhoto)) == 3


async def test_a_group_that_threw_the_bot_out_is_tried_again(
    desk: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    await answered(reviews)
    telegram.next.extend([refused("Bad Request: chat not found")] * 4)
    await all_shown(desk, reviews)
    assert len(telegram.calls) == 5


async def test_a_card_whose_review_was_erased_on_its_way_is_deleted(
    desk: CardSender, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    for user_id in range(20):
        await answered(reviews, user_id=user_id)
    arrives = telegram.slow[GROUP] = asyncio.Event()

    async def sending() -> bool:
        return len(telegram.calls) == 1

    async with running(desk.run()):
        await eventually(sending)
        await PersonalData(sqlite_engine).erase(user_id=7)
        arrives.set()

        async def none_left() -> bool:
            return await reviews.count_uncarded() == 0

        await eventually(none_left)
    [erased] = telegram.said(DeleteMessage)
    assert erased.chat_id == GROUP
    digests = telegram.said(SendMessage)
    assert [len(listed([digest])) for digest in digests] == [20, 19]
    assert erased.message_id == 1001
    assert "/r8 " in digests[0].text
    assert "/r8 " not in digests[1].text


class OpenedMeanwhile(Reviews):
    """An archive in which the review that waits is opened just before it is taken."""

    races = 0

    async def uncarded(self, limit: int) -> list[Review]:
        found = await super().uncarded(limit)
        if self.races < 2:
            self.races += 1
            return []
        return found


@pytest.mark.parametrize("waiting", [1, 20])
async def test_a_review_that_a_moderator_opens_first_stops_nothing(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter, waiting: int
) -> None:
    reviews = OpenedMeanwhile(sqlite_engine, SEAL)
    for _ in range(waiting):
        await answered(reviews)
    await all_shown(desk_of(bot, reviews, painter), reviews)
    assert reviews.races == 2
    assert len(telegram.calls) == 1


class Locked(Reviews):
    """An archive that another process holds for a while."""

    times = 3

    async def count_uncarded(self) -> int:
        self.times -= 1
        if self.times >= 0:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return await super().count_uncarded()


async def test_an_archive_that_fails_for_a_while_stops_nothing(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter
) -> None:
    reviews = Locked(sqlite_engine, SEAL)
    await answered(reviews)
    desk = desk_of(bot, reviews, painter)
    async with running(desk.run()):
        await eventually(lambda: _one(telegram))


async def _one(telegram: Telegram) -> bool:
    return len(telegram.calls) == 1


async def test_drawing_that_fails_for_a_while_stops_nothing(
    desk: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, None)
    painter.broken = True
    async with running(desk.run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, review), within_s=0.1)
        painter.broken = False
        await eventually(lambda: has_card(reviews, review))
    assert len(telegram.said(SendPhoto)) == 1
