"""
Messages that list reviews in a private chat. The archive records which reviews each one shows.

If a review is erased while its page is being sent, its record is deleted too. A check after the
sending detects this.
"""

import logging
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.desk_messages import DeskMessages
from bot.clock import now_ms
from bot.private_desk.list_screen import ListScreen
from bot.telegram_errors import is_unmodified
from bot.texts import Say

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ListMessages:
    """Sends lists and turns their pages."""

    bot: Bot
    messages: DeskMessages
    say: Say

    async def send(self, user_id: int, screen: ListScreen) -> None:
        """Send a list; raises TelegramForbiddenError if the person never started the bot."""
        sent = await self.bot.send_message(
            user_id, **screen.text.as_kwargs(), reply_markup=screen.buttons
        )
        await self.messages.record_list(user_id, sent.message_id, screen.numbers, now_ms())
        await self._check(user_id, sent.message_id, screen)

    async def turn(self, user_id: int, message_id: int, screen: ListScreen) -> None:
        """Show another page in a list."""
        await self.messages.record_list(user_id, message_id, screen.numbers, now_ms())
        if await self._edit(user_id, message_id, screen.text, screen.buttons):
            await self.messages.keep_only(user_id, message_id, screen.numbers)
        await self._check(user_id, message_id, screen)

    async def _check(self, user_id: int, message_id: int, screen: ListScreen) -> None:
        """Remove the words again if one of the reviews was erased meanwhile."""
        kept = await self.messages.shown(user_id, message_id)
        if not set(screen.numbers) <= kept:
            await self._edit(user_id, message_id, Text(self.say("list-removed")), None)

    async def _edit(
        self, user_id: int, message_id: int, text: Text, buttons: InlineKeyboardMarkup | None
    ) -> bool:
        try:
            await self.bot.edit_message_text(
                chat_id=user_id, message_id=message_id, **text.as_kwargs(), reply_markup=buttons
            )
        except TelegramBadRequest as e:
            if not is_unmodified(e.message):
                logger.info("a list could not be changed: %s", e.message)
                return False
        return True
