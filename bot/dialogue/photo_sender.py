"""
Shows the photos of reviews in the moderators' group: an album in reply to the card.

It reads only the archive, and runs in one replica. Photos are sent at least once: after a kill
between sending and storing they are sent twice. They are never classified and never downloaded.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import Message
from aiogram.utils.formatting import Text

from bot.archive.photo_store import PhotoStore, WaitingPhotos
from bot.clock import now_ms
from bot.dialogue.group_post import GroupPost
from bot.dialogue.rounds import repeat
from bot.form.screens import Screen
from bot.telegram_errors import is_about_the_group
from bot.texts import Say

logger = logging.getLogger(__name__)


class PhotoSender:
    """Sends albums to the group."""

    def __init__(self, bot: Bot, photos: PhotoStore, post: GroupPost, say: Say) -> None:
        self._bot = bot
        self._photos = photos
        self._post = post
        self._say = say
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Send albums until cancelled."""
        await repeat(self.round, "photos of reviews", self._woken)

    async def round(self) -> None:
        """Send waiting albums as far as the pace of the group allows."""
        chat_id = await self._post.chat_id()
        if chat_id is None:
            return
        for album in await self._photos.waiting(chat_id):
            if not await self._post.has_room():
                return
            await self._send(album)

    async def _send(self, album: WaitingPhotos) -> None:
        screen = Screen(Text(self._say("photos-of", number=str(album.number))))
        if len(album.file_ids) > 1:
            try:
                sent = await self._post.album(album.chat_id, album.file_ids, screen, album.card_id)
            except TelegramBadRequest as e:
                if is_about_the_group(e.message):
                    raise
                logger.warning("photos of review %d are sent singly: %s", album.number, e.message)
            else:
                await self._store(album.ids, sent)
                return
        for photo_id, file_id in zip(album.ids, album.file_ids, strict=True):
            await self._send_one(album, photo_id, file_id, screen)

    async def _send_one(
        self, album: WaitingPhotos, photo_id: int, file_id: str, screen: Screen
    ) -> None:
        try:
            sent = await self._post.photo(album.chat_id, file_id, screen, album.card_id)
        except TelegramBadRequest as e:
            if is_about_the_group(e.message):
                raise
            logger.error("a photo of review %d is given up: %s", album.number, e.message)
            await self._photos.give_up([photo_id], now_ms())
        else:
            await self._store([photo_id], [sent])

    async def _store(self, photo_ids: Sequence[int], sent: Sequence[Message]) -> None:
        for photo_id, message in zip(photo_ids, sent, strict=True):
            if not await self._photos.shown(
                photo_id, message.chat.id, message.message_id, now_ms()
            ):
                await self._delete(message)

    async def _delete(self, message: Message) -> None:
        """Delete a photo whose review was erased while the photo was being sent."""
        try:
            await self._bot.delete_message(message.chat.id, message.message_id)
        except TelegramAPIError as e:
            words = "message %d of chat %d shows an erased photo; delete it by hand: %s"
            logger.error(words, message.message_id, message.chat.id, e)
