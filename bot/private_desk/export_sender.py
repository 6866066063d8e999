"""
Sends a file with labels to a lead's private chat.

The file is recorded in the archive before it is sent, so an erasure always finds it.
"""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import BufferedInputFile

from bot.archive.export_log import ExportLog
from bot.archive.training_rows import TrainingRows
from bot.clock import now_ms
from bot.private_desk.export_file import ExportRequest, file_content
from bot.private_desk.exporting import DAY_MS, Collected, ConsentOf, collect
from bot.texts import Say
from triage.taxonomy import Taxonomy

# https://core.telegram.org/bots/api#senddocument
MAX_MB = 50
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportSender:
    """Collects labels, sends them, and stores where they went."""

    bot: Bot
    training_rows: TrainingRows
    log: ExportLog
    consent_of: ConsentOf
    taxonomy: Taxonomy
    say: Say

    async def send(self, user_id: int, request: ExportRequest) -> None:
        """Send a file, or say why there is none."""
        now = now_ms()
        since_ms = now - request.days * DAY_MS
        found = await collect(self.training_rows, self.consent_of, since_ms, self.taxonomy)
        if not found.rows:
            await self.bot.send_message(user_id, self.say("export-empty", days=request.days))
            return
        content = file_content(found.rows, request.format, self.taxonomy, self.say)
        if len(content) > MAX_MB * MB:
            size = len(content) // MB
            words = self.say("export-too-big", size=size, limit=MAX_MB)
            await self.bot.send_message(user_id, words)
            return
        await self._send(user_id, request, found, content)

    async def _send(
        self, user_id: int, request: ExportRequest, found: Collected, content: bytes
    ) -> None:
        export_id = await self.log.begin(found.numbers, user_id, now_ms())
        if export_id is None:  # a review was erased since it was read
            await self.bot.send_message(user_id, self.say("list-removed"))
            return
        document = BufferedInputFile(content, f"labels-{request.days}d.{request.format}")
        caption = self.say("export-caption", count=len(found.rows), days=request.days)
        try:
            sent = await self.bot.send_document(user_id, document, caption=caption)
        except (TelegramBadRequest, TelegramForbiddenError):
            # After any other error the file may have arrived.
            await self.log.drop(export_id)
            raise
        if await self.log.sent(export_id, sent.message_id) < len(found.numbers):
            await self.bot.delete_message(user_id, sent.message_id)
            await self.bot.send_message(user_id, self.say("list-removed"))
