"""
Forgets a person: everything they sent leaves the group, Redis and the archive.

In an order that may be broken off anywhere and begun again: the archive, which knows what there is,
comes last but for a second look at Redis, into which a job may have gone meanwhile.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.utils.formatting import Text

from bot.archive.personal_data import Copy, PersonalData
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.desk import cards
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.leases import Leases
from bot.privacy.private_erasure import PrivateErasure
from bot.privacy.queue_erasure import PendingErasures, erase, rewrite_log
from bot.texts import Say, Texts
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

# One erasure takes as long as Telegram lets edit the group's messages, twenty a minute.
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """
    What was erased.

    `out_of_reach` messages in the group are left to its members; `exported` files for training
    held words of the person, and copies of them may exist.
    """

    reviews: int
    out_of_reach: int = 0
    exported: int = 0


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases people; holds what that takes."""

    bot: Bot
    reviews: Reviews
    personal_data: PersonalData
    connections: Connections
    seal: Seal
    taxonomy: Taxonomy
    texts: Texts
    moderators_say: Say
    leases: Leases
    dialogue: DialogueErasure
    private: PrivateErasure

    async def forget(self, user_id: int, *, had_draft: bool = False) -> Forgotten:
        """
        Erase all that is stored of the person; return what there was.

        `had_draft`: a draft was deleted from Redis, whose log still holds it.

        Raises QueueUnavailable, StillRead, SQLAlchemyError or TelegramAPIError where it was broken
        off.
        """
        pending = PendingErasures(self.connections)
        review_ids = {review.review_id for review in await self.reviews.of(user_id)}
        review_ids |= await pending.ids(user_id)
        if not review_ids:  # a tap on an old button costs nothing
            await self.personal_data.erase(user_id)
            if had_draft or await pending.rewrite_is_due():
                await self._rewrite_log()
            return Forgotten(0)
        await pending.keep(user_id, review_ids)
        # Two who edit one digest at once would each put back what the other takes out.
        async with self.leases.turn("erasure", patience_s=PATIENCE_S) as is_mine:
            if not is_mine:
                raise QueueUnavailable("other people are being forgotten; try again in a minute")
            return await self._forget(user_id, review_ids, pending)

    async def _forget(
        self, user_id: int, review_ids: set[UUID], pending: PendingErasures
    ) -> Forgotten:
        theirs = await self.reviews.of(user_id)
        review_ids |= {review.review_id for review in theirs}
        numbers = {review.number for review in theirs}
        await erase(self.connections, self.seal, review_ids)
        await self._clear_group(user_id, numbers)
        exported = await self.private.clear_files(user_id)
        left = await self.dialogue.clear(user_id, theirs[0].language) if theirs else 0
        # Last, because a moderator may open another list while the group is cleared.
        await self.private.clear_messages(user_id)
        await self.personal_data.erase(user_id)
        await erase(self.connections, self.seal, review_ids)
        await pending.taken_out(user_id)
        await self._rewrite_log()
        for review in theirs:
            await self._end_receipt(review)
        logger.info("a person and %d review(s) are forgotten", len(review_ids))
        return Forgotten(len(review_ids), left, exported)

    async def _clear_group(self, user_id: int, numbers: set[int]) -> None:
        """Clear every message that shows a review, also those that are sent meanwhile."""
        cleared: set[Copy] = set()
        while fresh := set(await self.personal_data.copies(user_id)) - cleared:
            for copy in fresh:
                await self._clear(copy, numbers)
            cleared |= fresh

    async def _clear(self, copy: Copy, forgotten: set[int]) -> None:
        """Take the person's words out of a message in the group."""
        if copy.digest:
            text = await self._digest_without(copy, forgotten)
        else:
            text = cards.removed(copy.numbers[0], self.moderators_say)
        try:
            await self._edit(copy, text)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            # A moderator deleted it, the bot is no longer in the group, or the group has become a
            # supergroup, from which its old messages cannot be reached.
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

    async def _edit(self, copy: Copy, text: Text) -> None:
        where = (copy.chat_id, copy.message_id)
        if copy.receiver_id is not None:
            await self.bot.delete_ephemeral_message(where[0], copy.receiver_id, where[1])
            return
        try:
            await self.bot.edit_message_caption(
                chat_id=where[0], message_id=where[1], **text.as_caption_kwargs()
            )
        except TelegramBadRequest as e:
            if "no caption" not in e.message:
                raise
            await self.bot.edit_message_text(
                chat_id=where[0], message_id=where[1], **text.as_kwargs()
            )

    async def _end_receipt(self, review: Review) -> None:
        """Tell under the receipt of an unanswered review that no answer will come."""
        if review.answered_ms is not None:
            return
        say = self.texts[review.language]
        try:
            await self.bot.edit_message_text(
                say("receipt-forgotten", number=str(review.number)),
                chat_id=review.chat_id,
                message_id=review.message_id,
            )
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            logger.info("a receipt could not be changed: %s", e.message)

    async def _rewrite_log(self) -> None:
        try:
            await rewrite_log(self.connections)
        except QueueUnavailable as e:
            # Not allowed, or one that is under way takes long; it is rewritten as it grows.
            logger.warning("Redis did not rewrite its log: %s", e)
