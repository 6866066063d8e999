"""Answers to taps on buttons: a short notice or an alert."""

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery


async def toast(query: CallbackQuery, words: str = "", *, alert: bool = False) -> None:
    """
    Answer a tap, so that the button stops spinning; the person must close an `alert`.

    A tap that is too old for Telegram is ignored: the client no longer waits for the answer.
    """
    try:
        await query.answer(words or None, show_alert=alert)
    except TelegramBadRequest as e:
        if "query is too old" not in e.message:
            raise
