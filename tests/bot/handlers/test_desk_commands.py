"""Who gets an answer to a moderator's command, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError
from aiogram.filters import CommandObject
from aiogram.methods import SendDocument, SendMessage, SetMyCommands
from aiogram.types import Chat, Message, User
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.desk.moderators import Moderators, Rights
from bot.handlers.desk_commands import DeskCommand, FromDesk, find
from bot.handlers.export_command import export
from bot.private_desk.export_sender import ExportSender
from bot.telegram.lanes import SHARED_ACCOUNTS
from bot.telegram.moderator_menus import ModeratorMenus
from tests.bot.fake_telegram import Telegram, blocked
from tests.bot.group import GROUP, set_group
from tests.bot.private_desk.bench import OLGA, SAY, PrivateDesk
from tests.bot.samples import TAXONOMY, TEXTS

STRANGER = 66


@pytest.fixture
def desk(bot: Bot, sqlite_engine: AsyncEngine) -> PrivateDesk:
    return PrivateDesk(bot, sqlite_engine)


def message(bot: Bot, user_id: int = OLGA, chat_id: int = OLGA) -> Message:
    kind = "private" if chat_id > 0 else "supergroup"
    user = User(id=user_id, is_bot=False, first_name="Olga")
    chat = Chat(id=chat_id, type=kind)
    said = Message(message_id=1, date=datetime.now(UTC), chat=chat, from_user=user, text="/x")
    return said.as_(bot)


@pytest.mark.parametrize(
    ("user_id", "chat_id", "rights"),
    [
        (OLGA, OLGA, Rights.MODERATOR),
        (OLGA, GROUP, Rights.MODERATOR),
        (OLGA, GROUP - 1, None),
        (STRANGER, STRANGER, None),
        (min(SHARED_ACCOUNTS), GROUP, Rights.NONE),
    ],
)
async def test_commands_are_available_only_to_members_of_the_group(
    bot: Bot, telegram: Telegram, user_id: int, chat_id: int, rights: Rights | None
) -> None:
    telegram.members[OLGA] = "Olga"
    moderators, said = Moderators(bot, set_group()), message(bot, user_id, chat_id)
    found = await FromDesk()(said, bot, moderators, set_group(), ModeratorMenus(bot, TEXTS), SAY)
    assert (found["asked"].rights if isinstance(found, dict) else None) == rights


async def test_a_command_in_the_group_is_answered_in_private_and_sets_the_menu_once(
    desk: PrivateDesk, bot: Bot, telegram: Telegram
) -> None:
    await desk.review("Курьер опоздал")
    menus, command = ModeratorMenus(bot, TEXTS), CommandObject(command="find", args="курьер")
    for _ in range(2):
        said = message(bot, OLGA, GROUP)
        asked = DeskCommand(said, Rights.MODERATOR, bot, menus, SAY)
        await find(said, command, asked, desk.pages, desk.lists)

    assert {call.chat_id for call in telegram.said(SendMessage)} == {OLGA}
    menu_calls = telegram.said(SetMyCommands)
    assert len(menu_calls) == len(TEXTS) + 1
    assert [c.command for c in menu_calls[0].commands][:2] == ["unsure", "find"]


async def test_a_person_whom_the_bot_cannot_write_to_is_told_in_the_group(
    desk: PrivateDesk, bot: Bot, telegram: Telegram
) -> None:
    menus, command = ModeratorMenus(bot, TEXTS), CommandObject(command="find")
    asked = DeskCommand(message(bot, OLGA, GROUP), Rights.MODERATOR, bot, menus, SAY)
    telegram.next.append(blocked)
    await find(asked.message, command, asked, desk.pages, desk.lists)
    told = telegram.said(SendMessage)[-1]
    assert (told.chat_id, told.text) == (
        GROUP,
        SAY("desk-start-first", link="https://t.me/test_bot"),
    )

    telegram.next.append(blocked)
    asked = replace(asked, message=message(bot))
    with pytest.raises(TelegramForbiddenError):
        await find(asked.message, command, asked, desk.pages, desk.lists)

    said = message(bot, min(SHARED_ACCOUNTS), GROUP)
    asked = replace(asked, message=said, rights=Rights.NONE)
    await find(said, command, asked, desk.pages, desk.lists)
    assert telegram.said(SendMessage)[-1].text.startswith("Вы пишете как анонимный администратор")


@pytest.mark.parametrize(
    ("rights", "args", "documents", "words"),
    [
        (Rights.LEAD, "30d", 1, ""),
        (Rights.LEAD, "", 0, "За сколько дней?"),
        (Rights.MODERATOR, "30d", 0, "только администраторы"),
    ],
)
async def test_only_leads_can_export(
    desk: PrivateDesk,
    bot: Bot,
    telegram: Telegram,
    rights: Rights,
    args: str,
    documents: int,
    words: str,
) -> None:
    async def all_agreed(numbers: Sequence[int]) -> Mapping[int, bool]:
        return dict.fromkeys(numbers, True)

    await desk.says(OLGA, await desk.review(), 5)
    sender = ExportSender(bot, desk.training_rows, desk.log, all_agreed, TAXONOMY, SAY)
    command = CommandObject(command="export", args=args)
    asked = DeskCommand(message(bot), rights, bot, ModeratorMenus(bot, TEXTS), SAY)
    await export(asked.message, command, asked, sender)

    assert len(telegram.said(SendDocument)) == documents
    said = telegram.said(SendMessage)
    assert words in "".join(call.text for call in said)
    assert bool(said) is bool(words)
