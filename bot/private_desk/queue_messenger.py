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
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.desk_messages import DeskMessages
from bot.clock import now_ms
from bot.desk.panel import PanelScreen
from bot.private_desk.queue_screen import QueueView, queue_keyboard, queue_text
from bot.texts import Say

logger = logging.getLogger(__name__)

# Telegram's error for an edit that changes nothing.
_SAME = "not modified"


@dataclass(frozen=True, slots=True)
class QueueMessenger:
    """Sends and edits the message; `user_id` is also the id of the person's private chat."""

    bot: Bot
    messages: DeskMessages
    say: Say

    async def send(self, user_id: int, view: QueueView, screen: PanelScreen) -> None:
        """Send a new message; one whose review was erased meanwhile is deleted."""
        sent = await self.bot.send_message(user_id, **_content(view, screen))
        if not await self.messages.record_card(user_id, sent.message_id, view.card, now_ms()):
            await self.delete(user_id, sent.message_id)

    async def turn_to(
        self, user_id: int, message_id: int, view: QueueView, screen: PanelScreen
    ) -> None:
        """Let the message show another review; if it can no longer be edited, send a new one."""
        number = view.card.number
        if not await self.messages.record_card(user_id, message_id, view.card, now_ms()):
            await self.end(user_id, message_id, self.say("queue-removed", number=str(number)))
            return
        if not await self._edit(user_id, message_id, **_content(view, screen)):
            await self.messages.keep_only(user_id, message_id)
            await self.send(user_id, view, screen)
            return
        await self.messages.keep_only(user_id, message_id, [number])
        if number not in await self.messages.shown(user_id, message_id):
            await self.end(user_id, message_id, self.say("queue-removed", number=str(number)))

    async def redraw(
        self, user_id: int, message_id: int, view: QueueView, screen: PanelScreen
    ) -> None:
        """Let the message show another screen of its review."""
        await self._edit(user_id, message_id, **_content(view, screen))

    async def end(self, user_id: int, message_id: int, words: str) -> None:
        """Let the message show no review, but `words`."""
        if await self._edit(user_id, message_id, **Text(words).as_kwargs(), reply_markup=None):
            await self.messages.keep_only(user_id, message_id)

    async def delete(self, user_id: int, message_id: int) -> None:
        """Delete a message; empty it if Telegram no longer deletes it."""
        try:
            await self.bot.delete_message(user_id, message_id)
        except TelegramBadRequest:
            await self.end(user_id, message_id, self.say("queue-elsewhere"))
        except TelegramAPIError as e:
            logger.info("an old message of the queue could not be deleted: %s", e)
        else:
            await self.messages.keep_only(user_id, message_id)

    async def _edit(
        self,
        user_id: int,
        message_id: int,
        *,
        reply_markup: InlineKeyboardMarkup | None,
        **text: Any,
    ) -> bool:
        """Edit the message; return False if it cannot be edited."""
        try:
            await self.bot.edit_message_text(
                chat_id=user_id, message_id=message_id, **text, reply_markup=reply_markup
            )
        except TelegramBadRequest as e:
            if _SAME not in e.message:
                logger.info("the queue's message could not be changed: %s", e.message)
                return False
        return True


def _content(view: QueueView, screen: PanelScreen) -> dict[str, Any]:
    text = queue_text(view, screen).as_kwargs()
    return {**text, "reply_markup": queue_keyboard(view, screen)}
