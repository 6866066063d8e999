"""
The queue's message in a private chat: sent once, then edited from review to review.

It is recorded for a review before it shows the review. If the review is erased meanwhile, the
record is deleted too, so a check after the edit finds that the words must be removed again.
"""

import logging
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.utils.formatting import Text

from bot.archive.desk_messages import DeskMessages
from bot.clock import now_ms
from bot.private_desk.queue_screen import QueuePage
from bot.telegram_errors import is_unmodified
from bot.texts import Say

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QueueMessenger:
    """Sends and edits the message; `user_id` is also the id of the person's private chat."""

    bot: Bot
    messages: DeskMessages
    say: Say

    async def send(self, user_id: int, page: QueuePage) -> None:
        """Send a new message; one whose review was erased meanwhile is deleted."""
        sent = await self.bot.send_message(user_id, **_content(page))
        if not await self._record(user_id, sent.message_id, page):
            await self.delete(user_id, sent.message_id)

    async def turn_to(self, user_id: int, message_id: int, page: QueuePage) -> None:
        """Show another page in the message; if it can no longer be edited, send a new one."""
        if not await self._record(user_id, message_id, page):
            await self._end_removed(user_id, message_id, page)
            return
        if not await self._edit(user_id, message_id, page):
            await self.messages.keep_only(user_id, message_id)
            await self.send(user_id, page)
            return
        numbers = [] if page.card is None else [page.card.number]
        await self.messages.keep_only(user_id, message_id, numbers)
        if set(numbers) - await self.messages.shown(user_id, message_id):
            await self._end_removed(user_id, message_id, page)

    async def redraw(self, user_id: int, message_id: int, page: QueuePage) -> None:
        """Show another screen of the review in the message."""
        await self._edit(user_id, message_id, page)

    async def _end_removed(self, user_id: int, message_id: int, page: QueuePage) -> None:
        assert page.card is not None, "a review was removed"
        words = self.say("queue-removed", number=str(page.card.number))
        await self._end(user_id, message_id, words)

    async def _end(self, user_id: int, message_id: int, words: str) -> None:
        """Show `words` in the message instead of a review."""
        if await self._edit(user_id, message_id, QueuePage(None, Text(words), None)):
            await self.messages.keep_only(user_id, message_id)

    async def _record(self, user_id: int, message_id: int, page: QueuePage) -> bool:
        """Store what the message shows; return False if its review was erased."""
        if page.card is None:
            return True
        return await self.messages.record_card(user_id, message_id, page.card, now_ms())

    async def delete(self, user_id: int, message_id: int) -> None:
        """Delete a message; empty it if Telegram no longer deletes it."""
        try:
            await self.bot.delete_message(user_id, message_id)
        except TelegramBadRequest:
            await self._end(user_id, message_id, self.say("queue-elsewhere"))
        except TelegramAPIError as e:
            logger.info("an old message of the queue could not be deleted: %s", e)
        else:
            await self.messages.keep_only(user_id, message_id)

    async def _edit(self, user_id: int, message_id: int, page: QueuePage) -> bool:
        """Edit the message; return False if it cannot be edited."""
        try:
            await self.bot.edit_message_text(
                chat_id=user_id, message_id=message_id, **_content(page)
            )
        except TelegramBadRequest as e:
            if not is_unmodified(e.message):
                logger.info("the queue's message could not be changed: %s", e.message)
                return False
        return True


def _content(page: QueuePage) -> dict[str, Any]:
    return {**page.text.as_kwargs(), "reply_markup": page.keyboard}
