"""What Telegram shows about the bot: commands and descriptions, in each language."""

import logging
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllPrivateChats,
)

from bot.texts import Say, Texts

logger = logging.getLogger(__name__)

COMMANDS = ("start", "help", "cancel", "lang", "privacy", "mydata", "forget")

# Of those who may make a group the moderators' one.
GROUP_COMMANDS = ("chatid", "connect")


async def publish_profile(bot: Bot, texts: Texts) -> None:
    """
    Set command menu and descriptions; Telegram falls back to those without a language code.

    A profile that cannot be set (Telegram limits how often) is no reason not to start.
    """
    customers, administrators = (
        BotCommandScopeAllPrivateChats(),
        BotCommandScopeAllChatAdministrators(),
    )
    try:
        for language, say in _spoken(texts):
            await bot.set_my_commands(
                _commands(COMMANDS, say), scope=customers, language_code=language
            )
            await bot.set_my_commands(
                _commands(GROUP_COMMANDS, say), scope=administrators, language_code=language
            )
            await bot.set_my_description(say("profile-description"), language_code=language)
            await bot.set_my_short_description(say("profile-short"), language_code=language)
    except TelegramUnauthorizedError:
        raise
    except TelegramAPIError as e:
        logger.warning("the bot's profile stays as it was: %s", e)


def _spoken(texts: Texts) -> list[tuple[str | None, Say]]:
    """Return each language with its words, and English for all others."""
    return [(None, texts["en"]), *texts.items()]


def _commands(names: Sequence[str], say: Say) -> list[BotCommand]:
    return [BotCommand(command=name, description=say(f"command-{name}")) for name in names]
