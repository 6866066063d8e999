"""A CardSender whose group was connected from within Telegram."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramMigrateToChat
from aiogram.methods import SendPhoto
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import GroupPlace, Groups
from bot.archive.reviews import Reviews
from bot.desk.moderators_group import ModeratorsGroup
from bot.telegram.group_calls import GroupCalls
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Telegram
from tests.bot.group import GROUP, SUPERGROUP, all_shown, answered, card_sender_of
from tests.bot.painter import Painter
from tests.bot.samples import TEXTS


async def test_a_card_sender_uses_the_group_that_was_connected_on_another_replica(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    telegram: Telegram,
    sqlite_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.delivery.card_sender.LOOK_EVERY_S", 0.01)
    groups = Groups(sqlite_engine)
    card_sender = card_sender_of(bot, reviews, painter, group=ModeratorsGroup(groups, None))
    await answered(reviews)
    async with running(card_sender.run()):
        await asyncio.sleep(0.05)
        assert await reviews.count_without_card() == 1
        await groups.connect(GROUP, 1)

        async def shown() -> bool:
            return await reviews.count_without_card() == 0

        await eventually(shown)
    assert [call.chat_id for call in telegram.said(SendPhoto)] == [GROUP]


async def test_the_new_id_of_a_connected_group_is_stored(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    telegram: Telegram,
    sqlite_engine: AsyncEngine,
) -> None:
    groups = Groups(sqlite_engine)
    await groups.connect(GROUP, 1)
    group = ModeratorsGroup(groups, None)
    bot.session.middleware(GroupCalls(group, TEXTS["en"]))
    card_sender = card_sender_of(bot, reviews, painter, group=group)
    await answered(reviews)
    telegram.next.append(
        lambda method: TelegramMigrateToChat(method, "moved", migrate_to_chat_id=SUPERGROUP)
    )
    await all_shown(card_sender, reviews)
    assert await groups.moderators() == GroupPlace(SUPERGROUP)


class LockedGroups(Groups):
    """An archive that another process holds when the group moves."""

    failures = 1

    async def moved(self, chat_id: int, new_chat_id: int) -> bool:
        self.failures -= 1
        if self.failures >= 0:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return await super().moved(chat_id, new_chat_id)


async def test_an_archive_failure_during_a_group_migration_does_not_stop_the_sender(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    telegram: Telegram,
    sqlite_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.delivery.card_sender.RETRY_S", 0.01)
    groups = LockedGroups(sqlite_engine)
    await groups.connect(GROUP, 1)
    group = ModeratorsGroup(groups, None)
    bot.session.middleware(GroupCalls(group, TEXTS["en"]))
    card_sender = card_sender_of(bot, reviews, painter, group=group)
    await answered(reviews)
    telegram.next.extend(
        [lambda method: TelegramMigrateToChat(method, "moved", migrate_to_chat_id=SUPERGROUP)] * 2
    )
    await all_shown(card_sender, reviews)
    assert await groups.moderators() == GroupPlace(SUPERGROUP)
    assert [call.chat_id for call in telegram.said(SendPhoto)] == [GROUP, GROUP, SUPERGROUP]
