"""Rights in the group: asked of Telegram, kept for a while, asked again before a refusal."""

from datetime import UTC, datetime
from typing import Any

from aiogram import Bot
from aiogram.methods import GetChatMember
from aiogram.types import Chat, Message, User

from bot.desk.moderators import CACHE_S, REFUSED_CACHE_S, Moderators, Rights
from tests.bot.fake_telegram import Telegram
from tests.bot.group import GROUP, set_group


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def written(**sender: Any) -> Message:
    author = User(id=7, is_bot=False, first_name="Ольга")
    where = {"chat": Chat(id=GROUP, type="supergroup"), "date": datetime.now(UTC)}
    return Message(message_id=1, from_user=author, **where, **sender)


async def test_the_membership_of_a_moderator_is_requested_once_a_minute(
    bot: Bot, telegram: Telegram
) -> None:
    clock, telegram.members = Clock(), {7: "Ольга"}
    moderators = Moderators(bot, set_group(), clock)
    for _ in range(3):
        assert await moderators.may(7)
    assert len(telegram.said(GetChatMember)) == 1
    clock.now_s += CACHE_S
    assert await moderators.may(7)
    assert len(telegram.said(GetChatMember)) == 2


async def test_a_refused_membership_is_cached_only_for_a_short_time(
    bot: Bot, telegram: Telegram
) -> None:
    clock = Clock()
    moderators = Moderators(bot, set_group(), clock)
    for _ in range(3):
        assert not await moderators.may(7)
    assert len(telegram.said(GetChatMember)) == 1
    telegram.members[7] = "Ольга"
    clock.now_s += REFUSED_CACHE_S
    assert await moderators.may(7)
    assert not await moderators.may(7, Rights.LEAD)


async def test_an_anonymous_admin_has_lead_rights_and_a_channel_has_none(
    bot: Bot, telegram: Telegram
) -> None:
    telegram.members = {7: "Ольга"}
    moderators = Moderators(bot, set_group())
    group, channel = Chat(id=GROUP, type="supergroup"), Chat(id=-9, type="channel")
    assert await moderators.wrote_as(written(sender_chat=group), Rights.LEAD)
    assert not await moderators.wrote_as(written(sender_chat=channel), Rights.MODERATOR)
    assert await moderators.wrote_as(written(), Rights.MODERATOR)
    assert not await moderators.wrote_as(written(), Rights.LEAD)
