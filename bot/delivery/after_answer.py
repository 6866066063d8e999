"""
Messages after an answer: a notice that a late one is ready, and once the question of consent.

Each is sent at most once. A failure is only logged.
"""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import ReplyParameters

from bot.archive.consents import Consents
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import AHEAD_MS, now_ms
from bot.form.consent_screen import consent_question
from bot.texts import Texts

logger = logging.getLogger(__name__)

# An edit makes no sound: an answer that took longer than this is followed by a short message.
LATE_AFTER_MS = 60_000


class AfterAnswer:
    """Sends what follows an answer."""

    def __init__(self, bot: Bot, reviews: Reviews, consents: Consents, texts: Texts) -> None:
        self._bot = bot
        self._reviews = reviews
        self._consents = consents
        self._texts = texts

    async def notice_if_late(self, review: Review) -> None:
        """Send a notice, with a sound and at most once, if the answer came late."""
        if not is_late(review.accepted_ms, now_ms()) or not await self._reviews.claim_late_notice(
            review.number
        ):
            return
        try:
            await self._bot.send_message(
                review.chat_id,
                self._texts[review.language]("answer-late", number=str(review.number)),
                reply_parameters=ReplyParameters(
                    message_id=review.message_id, allow_sending_without_reply=True
                ),
            )
        except TelegramAPIError as e:
            logger.info("late-answer notice for review %d failed: %s", review.number, e)

    async def ask_for_consent(self, review: Review) -> None:
        """Ask the author once, without a sound, whether their reviews may be used for training."""
        if not await self._consents.claim_question(review.user_id, now_ms()):
            return
        screen = consent_question(self._texts[review.language])
        try:
            await self._bot.send_message(
                review.chat_id,
                **screen.text.as_kwargs(),
                reply_markup=screen.buttons,
                disable_notification=True,
            )
        except TelegramAPIError as e:
            logger.info("the question of consent is asked later: %s", e)
            await self._consents.was_not_asked(review.user_id)


def is_late(accepted_ms: int, now_ms: int) -> bool:
    """
    Return whether an answer came late.

    If the clock was set back meanwhile, the duration is unknown: an unnecessary notice is better
    than an unseen answer.
    """
    return not -AHEAD_MS <= now_ms - accepted_ms <= LATE_AFTER_MS
