"""
Writes the messages of a dialogue to the moderators' group, within the group's pace.

All replicas count their writes in the archive. Cards leave room for these messages
(bot/delivery/pacing.py), so a customer's answer need not wait behind them.
"""

from collections.abc import Sequence

from aiogram import Bot
from aiogram.types import InputMediaPhoto, Message, ReplyParameters

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
        await self.count(chat_id)
        return await self.bot.send_message(
            chat_id,
            **screen.text.as_kwargs(),
            message_thread_id=await self._thread_id() if reply_to is None else None,
            reply_markup=screen.buttons,
            reply_parameters=reply(reply_to),
        )

    async def photo(
        self, chat_id: int, file_id: str, screen: Screen, reply_to: int | None
    ) -> Message:
        """Send a photo with a caption, as a reply if that message still exists."""
        await self.count(chat_id)
        return await self.bot.send_photo(
            chat_id,
            file_id,
            **screen.text.as_caption_kwargs(),
            reply_parameters=reply(reply_to),
        )

    async def album(
        self, chat_id: int, file_ids: Sequence[str], screen: Screen, reply_to: int | None
    ) -> list[Message]:
        """Send two to ten photos as one album, the caption below the first of them."""
        for _ in file_ids:  # each photo is a message of its own
            await self.count(chat_id)
        captions = [screen.text.as_caption_kwargs(), *({} for _ in file_ids[1:])]
        media = [
            InputMediaPhoto(media=file_id, **caption)
            for file_id, caption in zip(file_ids, captions, strict=True)
        ]
        return await self.bot.send_media_group(chat_id, [*media], reply_parameters=reply(reply_to))

    async def _thread_id(self) -> int | None:
        """Return the topic of the cards for what is no reply; a reply follows its message."""
        place = await self._group.place()
        return None if place is None or place.refusal is not None else place.thread_id


def reply(message_id: int | None) -> ReplyParameters | None:
    """Return the parameters of a reply that is sent even if the message was deleted."""
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)
