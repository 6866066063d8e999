"""The message to a person when a handler fails: what happened to their words, and what to do."""

import logging

from aiogram.exceptions import TelegramForbiddenError
from aiogram.types import ErrorEvent, Update

from bot.errors import RetriedByTelegram
from bot.rate_limit import Throttle
from bot.texts import Texts, spoken_by
from bot.toasts import toast
from triage.errors import QueueUnavailable

logger = logging.getLogger(__name__)

# Telegram pushes an update again after a second, then after two: temporary failures are over then.
# An update that fails a third time would block the other updates of its chat for hours.
ATTEMPTS = 3
ATTEMPTS_KEPT_S = 24 * 3600


async def explain(
    event: ErrorEvent, texts: Texts, throttle: Throttle, *, is_pushed: bool = False
) -> None:
    """
    Log the failure without the person's words, and tell them in their language to try again.

    Raises RetriedByTelegram for a pushed update that Telegram must first push again.
    """
    update_id = event.update.update_id
    if isinstance(event.exception, TelegramForbiddenError):  # nobody is there to be told
        logger.warning("update %d cannot be answered: %s", update_id, event.exception.message)
        return
    if is_pushed and await _comes_again(update_id, throttle):
        raise RetriedByTelegram(f"update {update_id} failed, is sent again") from event.exception
    logger.error("update %d failed", update_id, exc_info=event.exception)
    await _tell(event.update, texts)


async def _comes_again(update_id: int, throttle: Throttle) -> bool:
    """Count the failure, for all replicas; without Redis the update is always repeated."""
    try:
        return not await throttle.wait_s(
            f"failed:{update_id}", limit=ATTEMPTS - 1, window_s=ATTEMPTS_KEPT_S
        )
    except QueueUnavailable:
        return True


async def _tell(update: Update, texts: Texts) -> None:
    query = update.callback_query
    if query is not None:
        say = texts[spoken_by(query.from_user.language_code)]
        await toast(query, say("failed"), alert=True)
    elif update.message is not None and update.message.chat.type == "private":
        user = update.message.from_user
        say = texts[spoken_by(user.language_code if user else None)]
        await update.message.answer(say("failed"))
