"""
Writes the messages of a dialogue to the moderators' group, within the group's pace.

All replicas count their writes in the archive. Cards leave room for these messages
(bot/delivery/pacing.py), so a customer's answer need not wait behind them.
"""

from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.exceptions import TelegramMigrateToChat
from aiogram.types import Message, ReplyParameters

from bot.archive.group_writes import GroupWrites
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk.moderators_group import ModeratorsGroup
from bot.form.screens import Screen

# Telegram allows 20 messages a minute in a group; cards take at most 15 of them.
WRITES_A_WINDOW = 18
WINDOW_MS = 60_000


class GroupPost:
    """Writes to the group and counts it."""

    def __init__(
        self,
        bot: Bot,
        group: ModeratorsGroup,
        reviews: Reviews,
        writes: GroupWrites,
        *,
        paced: bool,
    ) -> None:
        self.bot = bot
        self._group = group
        self._reviews = reviews
        self._writes = writes
        self._paced = paced

    async def chat_id(self) -> int | None:
        """Return the chat id of the group, None if there is no group yet."""
        return await self._group.chat_id()

    async def has_room(self) -> bool:
        """Return whether the pace of the group allows another write now."""
        if not self._paced:
            return True
        written = await self._reviews.shown_since(now_ms() - WINDOW_MS)
        return len(written) < WRITES_A_WINDOW

    async def count(self, chat_id: int) -> None:
        """Count one write."""
        await self._writes.note(chat_id, now_ms())

    async def say(self, chat_id: int, screen: Screen, reply_to: int | None) -> Message:
        """Send a text, as a reply if that message still exists."""
        words = screen.text.as_kwargs()

        async def send(to: int, under: ReplyParameters | None) -> Message:
            return await self.bot.send_message(
                to, **words, reply_markup=screen.buttons, reply_parameters=under
            )

        return await self._sent(send, chat_id, reply_to)

    async def photo(
        self, chat_id: int, file_id: str, screen: Screen, reply_to: int | None
    ) -> Message:
        """Send a photo with a caption, as a reply if that message still exists."""
        words = screen.text.as_caption_kwargs()

        async def send(to: int, under: ReplyParameters | None) -> Message:
            return await self.bot.send_photo(to, file_id, **words, reply_parameters=under)

        return await self._sent(send, chat_id, reply_to)

    async def _sent(
        self,
        send: Callable[[int, ReplyParameters | None], Awaitable[Message]],
        chat_id: int,
        reply_to: int | None,
    ) -> Message:
        """Count the write and send it; follow a group that has become a supergroup."""
        await self.count(chat_id)
        try:
            return await send(chat_id, reply(reply_to))
        except TelegramMigrateToChat as e:
            await self._group.move(e.migrate_to_chat_id)
            return await send(e.migrate_to_chat_id, None)


def reply(message_id: int | None) -> ReplyParameters | None:
    """Return the parameters of a reply that is sent even if the message was deleted."""
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)
