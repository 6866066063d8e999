"""
Removes a person's words from moderators' private chats: lists, the queue, exported files.

An exported file may have been copied. The lead who exported it is asked to delete the copies, and
the person is informed how many files there were.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import BufferedInputFile, InputMediaDocument

from bot.archive.desk_messages import DeskMessages, PrivateCopy, Shows
from bot.archive.export_log import ExportedFile, ExportLog
from bot.telegram_errors import is_unmodified
from bot.texts import Say, local_time

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrivateErasure:
    """Clears messages and files; may be interrupted and repeated."""

    bot: Bot
    messages: DeskMessages
    log: ExportLog
    say: Say

    async def clear_messages(self, user_id: int, up_to: int) -> None:
        """Clear every list and queue with a review of the person up to a number, new ones too."""
        cleared: set[PrivateCopy] = set()
        while fresh := set(await self.messages.with_reviews_of(user_id, up_to)) - cleared:
            for copy in fresh:
                await self.clear(copy)
            cleared |= fresh

    async def clear_expired(self, limit: int) -> bool:
        """Clear some messages and files with too old texts; return whether there were any."""
        copies = await self.messages.of_expired(limit)
        for copy in copies:
            is_list = copy.kind is Shows.LIST
            one = self.say("card-expired", number=str(copy.number))
            await self._clear(copy, self.say("list-expired") if is_list else one)
            await self.messages.cleared(copy)
        files = await self.log.with_expired(limit)
        for file in files:
            await self._clear_file(file, self.say("export-expired"))
            await self.log.unsent(file.export_id)
        return bool(copies or files)

    async def clear(self, copy: PrivateCopy) -> None:
        """Say in a message that a review was erased; a list loses its other reviews too."""
        one = self.say("queue-removed", number=str(copy.number))
        await self._clear(copy, one if copy.kind is Shows.QUEUE else self.say("list-removed"))

    async def _clear(self, copy: PrivateCopy, words: str) -> None:
        try:
            await self.bot.edit_message_text(
                words, chat_id=copy.chat_id, message_id=copy.message_id
            )
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            if not is_unmodified(e.message):
                logger.warning(
                    "message %d of the private chat %d, which shows review %d, is out of reach: %s",
                    copy.message_id,
                    copy.chat_id,
                    copy.number,
                    e.message,
                )

    async def clear_files(self, user_id: int, up_to: int) -> int:
        """Remove the files with a review of the person up to a number; return how many."""
        files = await self.log.with_reviews_of(user_id, up_to)
        for file in files:
            await self._clear_file(file, self.say("export-erased"))
        for lead in sorted({file.by_id for file in files if file.by_id is not None}):
            await self._tell(lead, [file for file in files if file.by_id == lead])
        return len(files)

    async def _clear_file(self, file: ExportedFile, words: str) -> None:
        """Delete the file's message; empty it if Telegram no longer deletes it."""
        if file.by_id is None or file.message_id is None:
            made = local_time(file.made_ms, self.say.zone)
            logger.warning(
                "a file with labels that was exported at %s contains an erased review: delete it",
                f"{made:%Y-%m-%d %H:%M}",
            )
            return
        try:
            await self.bot.delete_message(file.by_id, file.message_id)
        except TelegramForbiddenError as e:
            logger.warning("an exported file is out of reach: %s", e.message)
        except TelegramBadRequest:
            await self._empty(file.by_id, file.message_id, words)

    async def _empty(self, chat_id: int, message_id: int, words: str) -> None:
        media = InputMediaDocument(
            media=BufferedInputFile(words.encode(), "erased.txt"), caption=words
        )
        try:
            await self.bot.edit_message_media(media, chat_id=chat_id, message_id=message_id)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            # The lead, who is asked to delete copies anyway, deleted it or blocked the bot.
            logger.info("an exported file could not be emptied: %s", e.message)

    async def _tell(self, lead: int, files: Sequence[ExportedFile]) -> None:
        times = ", ".join(f"{local_time(f.made_ms, self.say.zone):%Y-%m-%d %H:%M}" for f in files)
        words = self.say("export-erased-copies", count=len(files), times=times)
        try:
            await self.bot.send_message(lead, words)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            logger.warning("a lead could not be asked to delete exported files: %s", e.message)
