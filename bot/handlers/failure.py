"""What a person is told when a handler fails: what happened to their words, and what to do."""

import logging

from aiogram.types import ErrorEvent, Update

from bot.replies import toast
from bot.texts import Texts, spoken_by

logger = logging.getLogger(__name__)


async def explain(event: ErrorEvent, texts: Texts) -> None:
    """Log the failure without the person's words, and say in theirs that they may try again."""
    logger.error("update %d failed", event.update.update_id, exc_info=event.exception)
    await _tell(event.update, texts)


async def _tell(update: Update, texts: Texts) -> None:
    query = update.callback_query
    if query is not None:
        say = texts[spoken_by(query.from_user.language_code)]
        await toast(query, say("failed"), alert=True)
    elif update.message is not None and update.message.chat.type == "private":
        user = update.message.from_user
        say = texts[spoken_by(user.language_code if user else None)]
        await update.message.answer(say("failed"))
