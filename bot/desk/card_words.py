"""Edits the words of cards and digests: the text of a message, or the caption of its picture."""

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.personal_data import Copy
from bot.telegram_errors import has_no_caption


async def edit_words(
    bot: Bot,
    chat_id: int,
    message_id: int,
    text: Text,
    *,
    reply_markup: InlineKeyboardMarkup | None = None,
) -> None:
    """
    Edit the caption, or the text of a message without a picture; buttons not given are removed.

    Raises aiogram's errors.
    """
    try:
        await bot.edit_message_caption(
            chat_id=chat_id,
            message_id=message_id,
            **text.as_caption_kwargs(),
            reply_markup=reply_markup,
        )
    except TelegramBadRequest as e:
        if not has_no_caption(e.message):
            raise
        await bot.edit_message_text(
            chat_id=chat_id, message_id=message_id, **text.as_kwargs(), reply_markup=reply_markup
        )


async def replace_words(bot: Bot, copy: Copy, text: Text) -> None:
    """Show `text` instead, without buttons; delete an ephemeral message. Raises its errors."""
    if copy.receiver_id is not None:
        await bot.delete_ephemeral_message(copy.chat_id, copy.receiver_id, copy.message_id)
        return
    await edit_words(bot, copy.chat_id, copy.message_id, text)
