"""
Sends moderators' replies to customers when their hold is over, and mirrors edits.

A reply is claimed in the archive before it is sent, so it is sent at most once. A claimed reply
without a result (the bot was killed, or the answer of Telegram was lost) may have arrived: only a
person's tap sends it again.
"""

import asyncio
import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InputMediaDocument, InputMediaPhoto, Message

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, SendState
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.dialogue.group_post import reply
from bot.dialogue.hold import hold_ms
from bot.dialogue.reply_messages import to_customer, too_long_by
from bot.dialogue.reply_status import ReplyStatus
from bot.dialogue.rounds import repeat
from bot.dialogue.send_failures import (
    MayHaveArrived,
    NotDelivered,
    NotSent,
    Undelivered,
    failure_of,
)
from bot.form.screens import Screen
from bot.telegram_errors import is_unmodified
from bot.texts import Say, Texts

logger = logging.getLogger(__name__)

# A call takes less time while the process runs, unless a rate limit of Telegram delays it.
LOST_AFTER_MS = 120_000

# The pause after a connection failed; a hold is never longer.
AGAIN_MS = 15_000


class ReplySender:
    """Sends replies; runs in one replica."""

    def __init__(
        self, bot: Bot, dialogue: Dialogue, reviews: Reviews, texts: Texts, status: ReplyStatus
    ) -> None:
        self._bot = bot
        self._dialogue = dialogue
        self._reviews = reviews
        self._texts = texts
        self._status = status
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._busy: set[int] = set()  # reviews with a message in flight: one at a time
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now: a reply may be sent or was edited."""
        self._woken.set()

    async def run(self) -> None:
        """Send replies until cancelled."""
        try:
            await repeat(self.round, "replies to customers", self._woken)
        finally:
            tasks = list(self._in_flight.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def round(self) -> None:
        """Start due messages; one customer's rate limit does not delay the others."""
        now = now_ms()
        for lost in await self._dialogue.left_sending(now, LOST_AFTER_MS):
            if lost.id not in self._in_flight:
                logger.warning("reply %d may have arrived: it has no result", lost.id)
                await self._end(lost.id, SendState.UNKNOWN)
        for message in await self._dialogue.due(now, AGAIN_MS):
            if message.due_ms is not None and message.due_ms > now:
                # The clock was set back: the hold starts again, so that it can be cancelled.
                held, due_ms = [SendState.HELD], now + hold_ms()
                await self._dialogue.change(message.id, start=held, due_ms=due_ms)
            else:
                self._start(message)
        for message in await self._dialogue.unmirrored():
            if message.direction is Direction.OUT:
                self._start(message)

    def _start(self, message: DialogueMessage) -> None:
        if message.number in self._busy:
            return
        work = self._mirror if message.state is SendState.SENT else self._send
        task = asyncio.create_task(work(message))
        self._in_flight[message.id] = task
        self._busy.add(message.number)
        task.add_done_callback(lambda done: self._done(message, done))

    def _done(self, message: DialogueMessage, task: asyncio.Task[None]) -> None:
        del self._in_flight[message.id]
        self._busy.discard(message.number)
        if task.cancelled():
            return
        if error := task.exception():
            logger.error("reply %d failed", message.id, exc_info=error)
        else:
            self._woken.set()  # the next one about this review may be sent

    async def _send(self, seen: DialogueMessage) -> None:
        message = await self._dialogue.claim(seen.id, now_ms())
        review = await self._reviews.by_number(seen.number)
        if message is None or review is None:
            return
        say = self._texts[review.language]
        if too_long := _too_long(message, say):
            await self._end(message.id, SendState.FAILED, error=too_long)
            return
        try:
            sent = await self._call(message, review, say)
        except TelegramAPIError as e:
            await self._failed(message, e)
        else:
            await self._sent(message, sent)

    async def _sent(self, message: DialogueMessage, sent: Message) -> None:
        await self._end(
            message.id,
            SendState.SENT,
            customer_message_id=sent.message_id,
            sent_ms=now_ms(),
            mirrored=message.edits,
            error=None,
        )
        if await self._dialogue.by_id(message.id) is None:  # it was erased meanwhile
            await self._bot.delete_message(sent.chat.id, sent.message_id)
        logger.info("reply %d about review %d is delivered", message.id, message.number)

    async def _failed(self, message: DialogueMessage, error: TelegramAPIError) -> None:
        match failure_of(error):
            case NotDelivered(reason):
                code = f"{reason}: {error.message}"
                await self._end(message.id, SendState.FAILED, error=code)
            case NotSent():
                await self._end(message.id, SendState.HELD, due_ms=now_ms() + AGAIN_MS)
            case MayHaveArrived():
                await self._end(message.id, SendState.UNKNOWN)
        logger.warning("reply %d about review %d: %s", message.id, message.number, error)

    async def _end(self, message_id: int, state: SendState, **values: object) -> None:
        """Store the result of a sending; a late result still counts."""
        start = [SendState.SENDING, SendState.UNKNOWN]
        await self._dialogue.change(message_id, start=start, state=state, **values)
        self._status.wake()

    async def _call(self, message: DialogueMessage, review: Review, say: Say) -> Message:
        screen, to = to_customer(message, say), review.chat_id
        below: dict[str, Any] = {
            "reply_markup": screen.buttons,
            "reply_parameters": reply(review.message_id),
        }
        if message.file_id is None:
            return await self._bot.send_message(to, **screen.text.as_kwargs(), **below)
        caption = screen.text.as_caption_kwargs()
        if message.kind is MessageKind.PHOTO:
            return await self._bot.send_photo(to, message.file_id, **caption, **below)
        return await self._bot.send_document(to, message.file_id, **caption, **below)

    async def _mirror(self, seen: DialogueMessage) -> None:
        """Edit the customer's copy; an edit may be repeated."""
        message = await self._dialogue.by_id(seen.id)
        review = await self._reviews.by_number(seen.number)
        if message is None or review is None:
            return
        say = self._texts[review.language]
        error = _too_long(message, say) or await self._edit(message, review, say)
        await self._dialogue.change(
            message.id, start=[SendState.SENT], mirrored=message.edits, error=error
        )
        self._status.wake()

    async def _edit(self, message: DialogueMessage, review: Review, say: Say) -> str | None:
        """Return why Telegram refuses the edit, None if the customer sees it."""
        screen = to_customer(message, say)
        where: dict[str, Any] = {
            "chat_id": review.chat_id,
            "message_id": message.customer_message_id,
            "reply_markup": screen.buttons,
        }
        try:
            if message.file_id is None:
                await self._bot.edit_message_text(**screen.text.as_kwargs(), **where)
            else:
                await self._bot.edit_message_media(_media(message, screen), **where)
        except TelegramAPIError as e:
            return _edit_error(e)
        return None


def _media(message: DialogueMessage, screen: Screen) -> InputMediaPhoto | InputMediaDocument:
    assert message.file_id is not None, "a photo or a document has a file"
    kind = InputMediaPhoto if message.kind is MessageKind.PHOTO else InputMediaDocument
    return kind(media=message.file_id, **screen.text.as_caption_kwargs())


def _too_long(message: DialogueMessage, say: Say) -> str | None:
    excess = too_long_by(message, say)
    return f"{Undelivered.TOO_LONG}: {excess}" if excess else None


def _edit_error(error: TelegramAPIError) -> str | None:
    """Return the reason of a refusal, None for an edit that changes nothing; raise other errors."""
    failure = failure_of(error)
    if not isinstance(failure, NotDelivered):
        raise error
    return None if is_unmodified(error.message) else f"{failure.reason}: {error.message}"
