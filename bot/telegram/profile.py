"""What Telegram shows about the bot: commands and descriptions, in each language."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.texts import Say, Texts

logger = logging.getLogger(__name__)

COMMANDS = ("start", "help", "cancel", "lang", "privacy", "mydata", "forget")

# Sent in the group or in a moderator's private chat, and answered there.
DESK_COMMANDS = ("unsure", "find", "classes", "mine", "export")
BAN_COMMANDS = ("ban", "silence", "unban", "banned")
GROUP_COMMANDS = ("queue", "canned", "route", *DESK_COMMANDS, *BAN_COMMANDS)

# For administrators, who may connect a group as the moderators' group.
ADMINISTRATORS_COMMANDS = ("chatid", "connect")

# These do not work in private chats.
GROUP_ONLY_COMMANDS = (
    *(command for command in GROUP_COMMANDS if command not in DESK_COMMANDS),
    *ADMINISTRATORS_COMMANDS,
)


async def publish_profile(bot: Bot, texts: Texts, group_id: int | None) -> None:
    """
    Set command menus and descriptions; Telegram falls back to those without a language code.

    The bot starts even if the profile cannot be set (Telegram limits how often it may change).
    """
    customers = BotCommandScopeAllPrivateChats()
    administrators = BotCommandScopeAllChatAdministrators()
    with _optional():
        for language, say in _spoken(texts):
            menu = _commands(COMMANDS, say)
            await bot.set_my_commands(menu, customers, language_code=language)
            menu = _commands(ADMINISTRATORS_COMMANDS, say)
            await bot.set_my_commands(menu, administrators, language_code=language)
            await bot.set_my_description(say("profile-description"), language_code=language)
            await bot.set_my_short_description(say("profile-short"), language_code=language)
    if group_id is not None:
        await publish_group_menu(bot, texts, group_id)


async def publish_group_menu(bot: Bot, texts: Texts, group_id: int) -> None:
    """Set the command menu of the moderators' group; a failure is only logged."""
    await _publish_menu(bot, texts, group_id, GROUP_COMMANDS)


async def publish_moderator_menu(bot: Bot, texts: Texts, chat_id: int) -> None:
    """Set the command menu of a moderator's private chat; a failure is only logged."""
    await _publish_menu(bot, texts, chat_id, (*DESK_COMMANDS, *COMMANDS))


async def _publish_menu(bot: Bot, texts: Texts, chat_id: int, commands: Sequence[str]) -> None:
    scope = BotCommandScopeChat(chat_id=chat_id)
    with _optional():
        for language, say in _spoken(texts):
            menu = _commands(commands, say)
            await bot.set_my_commands(menu, scope, language_code=language)


@contextmanager
def _optional() -> Iterator[None]:
    try:
        yield
    except TelegramUnauthorizedError:
        raise
    except TelegramAPIError as e:
        logger.warning("the bot's profile is not updated: %s", e)


def _spoken(texts: Texts) -> list[tuple[str | None, Say]]:
    """Return each language with its words, and English for all others."""
    return [(None, texts["en"]), *texts.items()]


def _commands(names: Sequence[str], say: Say) -> list[BotCommand]:
    return [BotCommand(command=name, description=say(f"command-{name}")) for name in names]
