"""Commands in the wrong chat: the answer names the chat in which they work."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.handlers.ban_commands import NUMBERED
from bot.handlers.private_desk import FromModerator
from bot.telegram.profile import ADMINISTRATORS_COMMANDS, COMMANDS, GROUP_ONLY_COMMANDS
from bot.texts import Say


def create_group_router() -> Router:
    """Return the router of customers' commands in the moderators' group."""
    router = Router(name="private commands in the group")
    router.message.register(name_private_chat, Command(*COMMANDS))
    return router


def create_private_router() -> Router:
    """Return the router of moderators' private chats; it ignores commands of others."""
    router = Router(name="group commands in private")
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    commands = Command(*GROUP_ONLY_COMMANDS, NUMBERED)
    router.message.register(name_group, commands, FromModerator())
    return router


def create_customers_router() -> Router:
    """Return the router for the person who sets up the bot, before a group is connected."""
    router = Router(name="set-up commands in private")
    router.message.register(name_any_group, Command(*ADMINISTRATORS_COMMANDS))
    return router


async def name_private_chat(
    message: Message, command: CommandObject, bot: Bot, moderators_say: Say
) -> None:
    """Lead to the private chat."""
    link = f"https://t.me/{(await bot.me()).username}"
    await message.reply(moderators_say("elsewhere-private", command=command.command, link=link))


async def name_group(message: Message, command: CommandObject, moderators_say: Say) -> None:
    """Lead to the moderators' group."""
    await message.reply(moderators_say("elsewhere-group", command=command.command))


async def name_any_group(message: Message, command: CommandObject, say: Say) -> None:
    """Lead to the group that is to be connected."""
    await message.reply(say("elsewhere-new-group", command=command.command))
