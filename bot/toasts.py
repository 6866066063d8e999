"""Answers to taps on buttons: a short notice, an alert, or words in place of the message."""

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Message

from bot.telegram_errors import is_edit_over, is_too_late
from bot.texts import Say


async def toast(query: CallbackQuery, words: str = "", *, alert: bool = False) -> None:
    """
    Answer a tap, so that the button stops spinning; the person must close an `alert`.

    A tap that is too old for Telegram is ignored: the client no longer waits for the answer.
    """
    try:
        await query.answer(words or None, show_alert=alert)
    except TelegramBadRequest as e:
        if not is_too_late(e.message):
            raise


async def replace_message(query: CallbackQuery, words: str) -> None:
    """
    Replace the message of the tapped button by `words`, without buttons.

    After a second tap it shows them already, or it may have been deleted: that is no failure.
    """
    if not isinstance(query.message, Message):
        return
    try:
        await query.message.edit_text(words)
    except TelegramBadRequest as e:
        if not is_edit_over(e.message):
            raise


async def open_link(query: CallbackQuery, url: str) -> bool:
    """
    Answer a tap with a link to this bot, which the client opens; raises for any other link.

    Return False if the tap is too old: the client no longer waits for the answer.
    """
    try:
        await query.answer(url=url)
    except TelegramBadRequest as e:
        if not is_too_late(e.message):
            raise
        return False
    return True


async def toast_unknown(query: CallbackQuery, number: int, say: Say) -> None:
    """Say that the review of a button does not exist (any more)."""
    await toast(query, say("card-unknown", number=str(number)), alert=True)
