"""Small answers to a person that may come too late without harm."""

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery


async def toast(query: CallbackQuery, words: str = "", *, alert: bool = False) -> None:
    """
    Answer a tap, so that the button stops spinning; `alert` must be closed by the person.

    Telegram refuses an answer to a tap that is too old: nobody waits for it any more.
    """
    try:
        await query.answer(words or None, show_alert=alert)
    except TelegramBadRequest as e:
        if "query is too old" not in e.message:
            raise
