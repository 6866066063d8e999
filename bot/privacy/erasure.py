"""
Carries out one request for erasure: removes a person's reviews from group, Redis and archive.

The order allows an interruption and a restart anywhere: the rows of the reviews, which show what is
left, are deleted last. Only Redis is searched once more afterwards, because a job may have been
queued meanwhile.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.utils.formatting import Text

from bot.archive.erasure_store import ErasureRequest, ErasureStore, Receipt
from bot.archive.personal_data import Copy, PersonalData
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.desk import cards
from bot.desk.card_words import replace_words
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.errors import BotError
from bot.privacy.private_erasure import PrivateErasure
from bot.privacy.queue_erasure import erase
from bot.texts import Say, Texts
from bot.urgency import Urgency, writing_as
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)


class StillSending(BotError):
    """A message about a review is being sent: it could not be cleared."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Carries out requests, one at a time, with the objects that this needs."""

    bot: Bot
    store: ErasureStore
    reviews: Reviews
    personal_data: PersonalData
    connections: Connections
    seal: Seal
    taxonomy: Taxonomy
    texts: Texts
    moderators_say: Say
    dialogue: DialogueErasure
    private: PrivateErasure

    async def carry_out(self, request: ErasureRequest) -> None:
        """
        Erase what the request is about; Redis' log still contains it afterwards.

        Raises QueueUnavailable, StillRead, StillSending, SQLAlchemyError or TelegramAPIError if it
        was interrupted.
        """
        user_id, up_to = request.user_id, request.last_number
        theirs = [r for r in await self.reviews.of(user_id) if r.number <= up_to]
        receipts = request.receipts
        if not await self.store.end_dialogue(request):
            raise StillSending("a message about a review is being sent, so its place is not known")
        await erase(self.connections, self.seal, request.review_ids)
        if theirs:
            with writing_as(Urgency.ERASURE):
                receipts = await self._clear_messages(request, theirs)
            await self.personal_data.erase(user_id, up_to)
        await erase(self.connections, self.seal, request.review_ids)
        for receipt in receipts:
            await self._end_receipt(receipt)
        await self.store.forget_reviews(request)
        await self.personal_data.truncate_log()
        logger.info("the data of a person and %d review(s) are erased", request.reviews)

    async def _clear_messages(
        self, request: ErasureRequest, theirs: Sequence[Review]
    ) -> tuple[Receipt, ...]:
        """Clear what moderators see; store what was found, and return the receipts to end."""
        user_id, up_to = request.user_id, request.last_number
        await self._clear_group(user_id, up_to, {review.number for review in theirs})
        exported = await self.private.clear_files(user_id, up_to)
        left = await self.dialogue.clear(user_id, up_to, theirs[0].language)
        # Last, because a moderator may open another list while the group is cleared.
        await self.private.clear_messages(user_id, up_to)
        receipts = tuple(_receipt(review) for review in theirs if review.answered_ms is None)
        await self.store.cleared(request, receipts, left=left, exported=exported)
        return receipts

    async def _clear_group(self, user_id: int, up_to: int, numbers: set[int]) -> None:
        """Clear every message that shows a review, also those that are sent meanwhile."""
        cleared: set[Copy] = set()
        while fresh := set(await self.personal_data.copies(user_id, up_to)) - cleared:
            for copy in fresh:
                await self._clear(copy, numbers)
            cleared |= fresh

    async def _clear(self, copy: Copy, forgotten: set[int]) -> None:
        """Remove the person's words from a message in the group."""
        if copy.digest:
            text = await self._digest_without(copy, forgotten)
        else:
            text = cards.removed(copy.numbers[0], self.moderators_say)
        try:
            await replace_words(self.bot, copy, text)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            # A moderator deleted it, the bot is no longer in the group, or the group became a
            # supergroup, where its old messages cannot be reached.
            logger.warning(
                "message %d of chat %d, which shows review %s, is out of reach; if it is still "
                "there, delete it by hand: %s",
                copy.message_id,
                copy.chat_id,
                ", ".join(str(number) for number in copy.numbers if number in forgotten),
                e.message,
            )

    async def _digest_without(self, copy: Copy, forgotten: set[int]) -> Text:
        listed = [await self.reviews.by_number(number) for number in copy.numbers]
        kept = [review for review in listed if review and review.number not in forgotten]
        return cards.digest(
            kept, self.taxonomy, self.moderators_say, removed=len(listed) - len(kept)
        )

    async def _end_receipt(self, receipt: Receipt) -> None:
        """Say in the receipt of an unanswered review that no answer will come."""
        say = self.texts[receipt.language]
        try:
            await self.bot.edit_message_text(
                say("receipt-forgotten", number=str(receipt.number)),
                chat_id=receipt.chat_id,
                message_id=receipt.message_id,
            )
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            logger.info("a receipt could not be changed: %s", e.message)


def _receipt(review: Review) -> Receipt:
    return Receipt(review.number, review.chat_id, review.message_id, review.language)
