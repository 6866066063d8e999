"""
Writes the messages of a dialogue to the moderators' group, within the group's pace.

Cards leave room for these messages (bot/urgency.py), so a customer's answer does not wait for
cards.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiogram import Bot
from aiogram.types import InputMediaPhoto, Message, ReplyParameters

from bot.clock import AHEAD_MS, now_ms
from bot.desk.moderators_group import ModeratorsGroup
from bot.form.screens import Screen
from bot.urgency import PLACES, Urgency

WRITES_A_WINDOW = PLACES[Urgency.CUSTOMER]

# Returns when a group was written to in the last minute, seconds since the epoch.
RecentWrites = Callable[[int], Awaitable[Sequence[float]]]


class GroupPost:
    """Writes to the group if there is room."""

    def __init__(
        self,
        bot: Bot,
        group: ModeratorsGroup,
        recent_writes: RecentWrites,
        *,
        paced: bool,
    ) -> None:
        self.bot = bot
        self._group = group
        self._recent_writes = recent_writes
        self._paced = paced

    async def chat_id(self) -> int | None:
        """Return the chat id of the group, None if there is no group yet."""
        return await self._group.chat_id()

    async def has_room(self) -> bool:
        """Return whether the pace of the group allows another write now."""
        chat_id = await self._group.chat_id()
        if not self._paced or chat_id is None:
            return True
        written = await self._recent_writes(chat_id)
        # Later ones were stored before the clock was set back.
        latest_s = (now_ms() + AHEAD_MS) / 1000
        return sum(moment <= latest_s for moment in written) < WRITES_A_WINDOW

    async def say(self, chat_id: int, screen: Screen, reply_to: int | None) -> Message:
        """Send a text, as a reply if that message still exists."""
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
        captions = [screen.text.as_caption_kwargs(), *({} for _ in file_ids[1:])]
        media = [
            InputMediaPhoto(media=file_id, **caption)
            for file_id, caption in zip(file_ids, captions, strict=True)
        ]
        return await self.bot.send_media_group(chat_id, [*media], reply_parameters=reply(reply_to))

    async def _thread_id(self) -> int | None:
        """Return the topic of the cards, for messages that are not replies."""
        place = await self._group.place()
        return None if place is None or place.refusal is not None else place.thread_id


def reply(message_id: int | None) -> ReplyParameters | None:
    """Return the parameters of a reply that is sent even if the message was deleted."""
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)
