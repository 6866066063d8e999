"""
Deletes the words of reviews that are older than RETENTION_DAYS: from Redis, archive and group.

The order allows an interruption and a restart: a review is marked in the archive after its deletion
from Redis, and the record of a message in the group is deleted after the message is cleared.
"""

import asyncio
import logging
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.utils.formatting import Text, as_list

from bot.archive.database import DATABASE_ERRORS
from bot.archive.old_reviews import OldReviews
from bot.archive.personal_data import Copy
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk import cards
from bot.desk.card_words import replace_words
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.leases import Leases
from bot.privacy.private_erasure import PrivateErasure
from bot.privacy.queue_erasure import erase
from bot.texts import Say
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000

# Reviews and messages in the group of one round. Telegram allows twenty calls a minute to a group;
# new cards must not wait for old ones.
BATCH = 200
MESSAGES = 5

# Messages in moderators' private chats, each of which has its own limit.
PRIVATE_MESSAGES = 20

# Pauses between two rounds: while more is left, and while nothing is left.
PAUSE_S = 60.0
IDLE_S = 3600.0

# Another replica's erasure edits the same messages, as fast as Telegram's limits allow.
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes what is too old; one replica at a time runs it."""

    bot: Bot
    old: OldReviews
    reviews: Reviews
    connections: Connections
    seal: Seal
    taxonomy: Taxonomy
    moderators_say: Say
    leases: Leases
    dialogue: DialogueErasure
    private: PrivateErasure
    days: int | None

    async def run(self) -> None:
        """Delete what is due until cancelled; without RETENTION_DAYS there is nothing to do."""
        if self.days is None:
            await asyncio.Event().wait()
            return
        while True:
            left = True
            try:
                left = await self.round(now_ms())
            except (QueueUnavailable, TelegramAPIError, *DATABASE_ERRORS) as e:
                logger.warning("old reviews are deleted later: %s", e)
            except Exception:  # it must not stop the other duties
                logger.exception("old reviews are deleted later")
            await asyncio.sleep(PAUSE_S if left else IDLE_S)

    async def round(self, now_ms: int) -> bool:
        """
        Delete one batch, and clear some messages in the group; return whether more is left.

        Raises QueueUnavailable, TelegramAPIError or an error of the database; may be repeated.
        """
        assert self.days is not None, "without a limit nothing is too old"
        before_ms = now_ms - self.days * DAY_MS
        due = await self.old.due(before_ms, BATCH)
        if due:
            await erase(self.connections, self.seal, set(due.values()))
            await self.old.expire(list(due), now_ms)
            logger.info(
                "the texts of %d reviews older than %d days are deleted", len(due), self.days
            )
        await self.old.delete_notes(before_ms)
        in_group = await self._clear_group(before_ms)
        in_private = await self.private.clear_expired(PRIVATE_MESSAGES)
        return len(due) == BATCH or in_group or in_private

    async def _clear_group(self, before_ms: int) -> bool:
        """Clear some messages in the group; return whether more may be left."""
        async with self.leases.turn("erasure", patience_s=PATIENCE_S) as is_mine:
            if not is_mine:
                return True
            copies = await self.old.copies(MESSAGES)
            for copy in copies:
                await self._clear(copy)
            in_dialogues = await self.dialogue.clear_expired(before_ms, MESSAGES)
        return bool(copies) or in_dialogues

    async def _clear(self, copy: Copy) -> None:
        """Remove the words of expired reviews from a message; other reviews stay."""
        shown = [await self.reviews.by_number(number) for number in copy.numbers]
        kept = [review for review in shown if review and not review.is_expired]
        expired = [review.number for review in shown if review and review.is_expired]
        gone = Text(self.moderators_say("digest-expired", count=len(expired)))
        if not copy.digest:
            gone = Text(self.moderators_say("card-expired", number=str(copy.numbers[0])))
        elif kept:
            gone = as_list(cards.digest(kept, self.taxonomy, self.moderators_say), gone, sep="\n\n")
        try:
            await replace_words(self.bot, copy, gone)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            # Deleted by a moderator, the bot is no longer in the group, or the group became a
            # supergroup, where its old messages cannot be reached: nothing can be done.
            logger.warning("an old card in the group could not be changed: %s", e.message)
        await self.old.cleared(copy, expired)
