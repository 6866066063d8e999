"""
Removes one message: deletes it, or empties it by an edit if Telegram refuses the deletion.

Telegram lets a bot delete a message for 48 hours
(https://core.telegram.org/bots/api#deletemessage). It may still edit its own older messages.
"""

import logging
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.types import BufferedInputFile, InputMediaDocument, InputMediaPhoto

from bot.dialogue.blank_picture import blank_png
from bot.telegram_errors import is_edit_over, is_gone

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that may hold a person's words or photo."""

    chat_id: int
    message_id: int
    has_file: bool
    is_bots: bool  # the bot may edit its own messages at any time
    is_photo: bool = False  # perhaps in an album, which accepts no documents

    @property
    def is_private(self) -> bool:
        """Whether it is in a private chat, which has the id of its person."""
        return self.chat_id > 0


async def clear_message(bot: Bot, message: SentMessage, words: str) -> bool:
    """Delete a message, or empty it; return False if Telegram allows neither."""
    try:
        await bot.delete_message(message.chat_id, message.message_id)
    except (TelegramForbiddenError, TelegramMigrateToChat) as e:
        # The person blocked the bot, it left the group, or the group is a supergroup now.
        logger.info("a message is out of reach: %s", e.message)
        return False
    except TelegramBadRequest as e:
        if is_gone(e.message):
            return True
        return message.is_bots and await _empty(bot, message, words)
    return True


async def _empty(bot: Bot, message: SentMessage, words: str) -> bool:
    chat_id, message_id = message.chat_id, message.message_id
    try:
        if not message.has_file:
            await bot.edit_message_text(words, chat_id=chat_id, message_id=message_id)
            return True
        media = _nothing(words, is_photo=message.is_photo)
        await bot.edit_message_media(media, chat_id=chat_id, message_id=message_id)
    except (TelegramBadRequest, TelegramForbiddenError) as e:
        logger.warning("a message could not be emptied: %s", e.message)
        return is_edit_over(e.message)
    return True


def _nothing(words: str, *, is_photo: bool) -> InputMediaPhoto | InputMediaDocument:
    if is_photo:
        return InputMediaPhoto(media=BufferedInputFile(blank_png(), "erased.png"), caption=words)
    nothing = BufferedInputFile(words.encode(), "erased.txt")
    return InputMediaDocument(media=nothing, caption=words)
