import asyncio
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramServerError,
)
from aiogram.methods import DeleteMessage, SendMessage, SendPhoto, TelegramMethod
from aiogram.types import Message
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import GroupPlace
from bot.archive.personal_data import PersonalData
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.tables import cards
from bot.delivery.card_post import CardPost
from bot.delivery.card_sender import CardSender
from bot.telegram.group_calls import GroupCalls
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Telegram, cut_off, refused
from tests.bot.group import (
    GROUP,
    SUPERGROUP,
    all_shown,
    answered,
    card_sender_of,
    has_card,
    listed,
    set_group,
)
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TEXTS


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.card_sender.RETRY_S", 0.01)


def moved(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramMigrateToChat(method, "group migrated", migrate_to_chat_id=SUPERGROUP)


async def test_if_telegram_refuses_the_picture_the_card_is_sent_as_text(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    telegram.next.append(refused("Bad Request: wrong file identifier/HTTP URL specified"))
    await all_shown(card_sender, reviews)
    photo, card = telegram.calls
    assert isinstance(photo, SendPhoto)
    assert isinstance(card, SendMessage)
    assert card.text == photo.caption
    assert review.text in card.text


async def test_a_card_is_sent_to_the_new_id_of_a_migrated_group(
    bot: Bot, painter: Painter, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    group = set_group()
    bot.session.middleware(GroupCalls(group, TEXTS["en"]))
    await answered(reviews)
    telegram.next.append(moved)
    await all_shown(card_sender_of(bot, reviews, painter, group=group), reviews)
    assert [call.chat_id for call in telegram.said(SendPhoto)] == [GROUP, SUPERGROUP]
    assert await group.chat_id() == SUPERGROUP
    async with sqlite_engine.connect() as connection:
        assert (await connection.scalars(select(cards.c.chat_id))).all() == [SUPERGROUP]


async def test_a_card_that_was_not_sent_does_not_count_as_shown_and_is_sent_later(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    waiting: list[int] = []

    def fail(method: TelegramMethod[object]) -> TelegramAPIError:
        waiting.append(len(telegram.calls))
        return cut_off(method)

    review = await answered(reviews)
    telegram.next.extend([fail, fail])
    with pytest.raises(TelegramNetworkError):
        await card_sender.show(review)
    assert [r.number for r in await reviews.without_card(9)] == [review.number]
    await all_shown(card_sender, reviews)
    assert waiting == [1, 2]
    assert len(telegram.said(SendPhoto)) == 3


async def test_sending_to_a_group_that_removed_the_bot_is_retried(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    await answered(reviews)
    telegram.next.extend([refused("Bad Request: chat not found")] * 4)
    await all_shown(card_sender, reviews)
    assert len(telegram.calls) == 5


async def test_a_card_is_deleted_if_its_review_was_erased_during_sending(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    for user_id in range(20):
        await answered(reviews, user_id=user_id)
    arrives = telegram.slow[GROUP] = asyncio.Event()

    async def sending() -> bool:
        return len(telegram.calls) == 1

    async with running(card_sender.run()):
        await eventually(sending)
        await PersonalData(sqlite_engine).erase(user_id=7)
        arrives.set()

        async def none_left() -> bool:
            return await reviews.count_without_card() == 0

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

    async def without_card(self, limit: int, **options: Any) -> list[Review]:
        found = await super().without_card(limit, **options)
        if self.races < 2:
            self.races += 1
            return []
        return found


@pytest.mark.parametrize("waiting", [1, 20])
async def test_a_review_opened_by_a_moderator_first_does_not_stop_the_sender(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter, waiting: int
) -> None:
    reviews = OpenedMeanwhile(sqlite_engine, SEAL)
    for _ in range(waiting):
        await answered(reviews)
    await all_shown(card_sender_of(bot, reviews, painter), reviews)
    assert reviews.races == 2
    assert len(telegram.calls) == 1


class Locked(Reviews):
    """An archive that another process holds for a while."""

    times = 3

    async def count_without_card(self) -> int:
        self.times -= 1
        if self.times >= 0:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return await super().count_without_card()


async def test_a_temporary_archive_failure_does_not_stop_the_sender(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter
) -> None:
    reviews = Locked(sqlite_engine, SEAL)
    await answered(reviews)
    card_sender = card_sender_of(bot, reviews, painter)
    async with running(card_sender.run()):
        await eventually(lambda: _one(telegram))


async def _one(telegram: Telegram) -> bool:
    return len(telegram.calls) == 1


async def test_a_temporary_drawing_failure_does_not_stop_the_sender(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, None)
    painter.broken = True
    async with running(card_sender.run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, review), within_s=0.1)
        painter.broken = False
        await eventually(lambda: has_card(reviews, review))
    assert len(telegram.said(SendPhoto)) == 1


REFUSED = "Bad Request: can't parse entities"


async def test_a_refused_card_is_sent_without_the_picture_and_then_as_one_line(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    telegram.next.extend([refused(REFUSED)] * 2)
    await all_shown(card_sender, reviews)
    assert [type(call) for call in telegram.calls] == [SendPhoto, SendMessage, SendMessage]
    assert telegram.calls[-1].text == f"/r{review.number}"
    assert await has_card(reviews, review)


async def test_a_permanently_refused_card_is_given_up_and_does_not_block_others(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.delivery.card_failures.FIRST_PAUSE_S", 0.01)
    bad, good = await answered(reviews), await answered(reviews, file_id="good")

    class Refusing(CardPost):
        async def card(self, review: Review, place: GroupPlace) -> tuple[Message, int]:
            if review.number == bad.number:
                raise TelegramServerError(SendMessage(chat_id=1, text="x"), "Internal Server Error")
            return await super().card(review, place)

    card_sender = card_sender_of(bot, reviews, painter)
    card_sender._post.__class__ = Refusing
    sending = asyncio.create_task(card_sender.run())
    given_up = f"the card of review {bad.number} is given up"
    async with asyncio.timeout(20):  # the line comes after the archive has it
        while given_up not in caplog.text:
            await asyncio.sleep(0.01)
    sending.cancel()
    assert await has_card(reviews, good)
    assert await reviews.count_passed_over() == 1


class ReadOnly(Reviews):
    """An archive that cannot be written for a while."""

    refusals = 3

    async def record_card(self, *arguments: Any, **options: Any) -> bool:
        self.refusals -= 1
        if self.refusals >= 0:
            raise OperationalError("INSERT", {}, Exception("attempt to write a readonly database"))
        return await super().record_card(*arguments, **options)


async def test_a_card_that_cannot_be_recorded_is_not_sent_again(
    bot: Bot, sqlite_engine: AsyncEngine, painter: Painter, telegram: Telegram
) -> None:
    reviews = ReadOnly(sqlite_engine, SEAL)
    review = await answered(reviews)
    await all_shown(card_sender_of(bot, reviews, painter), reviews)
    assert len(telegram.calls) == 1
    assert await has_card(reviews, review)


class Slow(Reviews):
    """An archive that records a card only when the test lets it."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, SEAL)
        self.asked: list[int] = []
        self.gate = asyncio.Event()

    async def record_card(self, *arguments: Any, **options: Any) -> bool:
        self.asked.append(options["message_id"])
        await self.gate.wait()
        return await super().record_card(*arguments, **options)


async def test_a_card_that_a_handler_records_is_not_deleted(
    bot: Bot, sqlite_engine: AsyncEngine, painter: Painter, telegram: Telegram
) -> None:
    reviews = Slow(sqlite_engine)
    first, second = await answered(reviews), await answered(reviews)
    for review in (first, second):
        await reviews.pass_over(review.number, 1)  # only /rN opens them
    card_sender = card_sender_of(bot, reviews, painter)
    opened = [asyncio.create_task(card_sender.show(review)) for review in (first, second)]
    await eventually(lambda: _all_sent(telegram, 2))
    async with running(card_sender.run()):
        await asyncio.sleep(0.1)  # it also finds messages that are not recorded
        reviews.gate.set()
        await asyncio.gather(*opened)
        waiting = await answered(reviews)
        await eventually(lambda: has_card(reviews, waiting))
    assert telegram.said(DeleteMessage) == []
    assert len(reviews.asked) == len(set(reviews.asked)) == 3
    async with sqlite_engine.connect() as connection:
        assert len((await connection.execute(select(cards))).all()) == 3


async def _all_sent(telegram: Telegram, count: int) -> bool:
    return len(telegram.said(SendPhoto)) == count
