"""What Telegram shows about the bot: its commands, for each language."""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from bot.texts import Say, Texts

logger = logging.getLogger(__name__)

COMMANDS = ("start", "help", "cancel", "lang", "privacy", "mydata", "forget")


async def publish_profile(bot: Bot, texts: Texts) -> None:
    """
    Set the command menu; Telegram falls back to the one without a language code.

    A menu that cannot be set (Telegram limits how often) is no reason not to start.
    """
    scope = BotCommandScopeAllPrivateChats()
    try:
        await bot.set_my_commands(_commands(texts["en"]), scope=scope)
        for language, say in texts.items():
            await bot.set_my_commands(_commands(say), scope=scope, language_code=language)
    except TelegramUnauthorizedError:
        raise
    except TelegramAPIError as e:
        logger.warning("the command menu stays as it was: %s", e)


def _commands(say: Say) -> list[BotCommand]:
    return [BotCommand(command=name, description=say(f"command-{name}")) for name in COMMANDS]
