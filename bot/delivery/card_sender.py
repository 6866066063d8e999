"""
Sends answered reviews to the moderators' group: a card each, or a digest of many at once.

Works from the archive alone. A card is sent at least once: a repeated card is a nuisance, a lost
complaint is a loss.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

from bot.archive.database import DATABASE_ERRORS
from bot.archive.groups import GroupPlace
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_editor import CardEditor
from bot.delivery.card_failures import CardFailures, is_about_the_group
from bot.delivery.pacing import (
    WINDOW_S,
    SendCard,
    SendDigest,
    Wait,
    has_room_for_edit,
    plan,
)
from bot.delivery.pictures import Pictures
from bot.desk import cards
from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from bot.texts import Say
from triage.logs import log_context
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

# After a failure that may pass: Telegram is down, or the bot was thrown out of the group.
RETRY_S = 15.0

# Another replica may have answered a review or changed a case: it wakes its own CardSender only.
LOOK_EVERY_S = 1.0


class CardSender:
    """Sends cards and digests to the moderators' group."""

    def __init__(
        self,
        bot: Bot,
        reviews: Reviews,
        pictures: Pictures,
        taxonomy: Taxonomy,
        say: Say,
        *,
        group: ModeratorsGroup,
        paced: bool,
        metrics: BotMetrics,
        editor: CardEditor,
        recent_writes: Callable[[int], Awaitable[list[float]]],
    ) -> None:
        """`recent_writes` returns when a group was last written to, seconds since the epoch."""
        self._bot = bot
        self._reviews = reviews
        self._pictures = pictures
        self._taxonomy = taxonomy
        self._say = say
        self._group = group
        self._paced = paced
        self._metrics = metrics
        self._editor = editor
        self._recent_writes = recent_writes
        self._wake_event = asyncio.Event()
        self._failures = CardFailures()
        self._unrecorded: tuple[Sequence[Review], Message, bool, int] | None = None

    def wake(self) -> None:
        """Look at once: a review was answered, a case was changed, or a group was connected."""
        self._wake_event.set()

    async def run(self) -> None:
        """Send waiting cards until cancelled."""
        while True:
            try:
                await self._step()
            except (TelegramAPIError, *DATABASE_ERRORS) as e:
                logger.error("moderators' group: %s; again in %d s", e, RETRY_S)
                await asyncio.sleep(RETRY_S)
            except Exception:  # a group that fails must not stop the answers to customers
                logger.exception("moderators' group; again in %d s", RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def show(self, review: Review, place: GroupPlace | None = None) -> None:
        """Send one card now, to the topic of the cards unless another place is given."""
        where = place or await self._place()
        with log_context(review.review_id):
            message, version = await self._send_card(review, where)
            await self._record_shown([review], message, digest=False, version=version)

    async def _step(self) -> None:
        self._wake_event.clear()
        await self._record_late()
        if await self._group.chat_id() is None:
            await self._wait(LOOK_EVERY_S, until_woken=True)
            return
        await self._send_next()

    async def _send_next(self) -> None:
        """Edit or send the next card or digest, or wait until one may be sent."""
        waiting, now = await self._reviews.count_without_card(), now_ms()
        sent_s = await self._sent_s(now)
        if has_room_for_edit(sent_s, now / 1000, paced=self._paced) and (
            await self._editor.edit_next(await self._chat_id())
        ):
            return
        match plan(waiting, sent_s, now / 1000, paced=self._paced):
            case SendCard():
                await self._next_card()
            case SendDigest():
                await self._next_digest()
            case Wait(wait_s):
                # A card may be edited before a new one may be sent.
                await self._wait(min(wait_s, LOOK_EVERY_S), until_woken=True)

    async def _sent_s(self, now: int) -> list[float]:
        """Return when the group was written to: from Redis, or from the archive if that lost it."""
        since_ms = now - round(WINDOW_S * 1000)
        archived = await self._reviews.shown_since(since_ms)
        counted = await self._recent_writes(await self._chat_id())
        return max(counted, [moment / 1000 for moment in archived], key=len)

    async def _next_card(self) -> None:
        """Show the oldest card that may be tried now."""
        deferred = self._failures.deferred(time.monotonic())
        found = await self._reviews.without_card(1, without=deferred)
        if not found:  # a moderator has just opened it, or all that wait have failed a moment ago
            await self._wait(LOOK_EVERY_S, until_woken=True)
        for review in found:
            try:
                await self.show(review)
            except (TelegramMigrateToChat, TelegramForbiddenError, TelegramNetworkError):
                raise
            except TelegramAPIError as e:
                _raise_if_the_group_refuses(e)
                await self._failed(review, e)
                if not isinstance(e, TelegramBadRequest):
                    raise

    async def _failed(self, review: Review, error: TelegramAPIError) -> None:
        if self._failures.failed(review.number, time.monotonic()):
            await self._reviews.pass_over(review.number, now_ms())
            self._metrics.passed_over()
            logger.error("the card of review %d is given up: %s", review.number, error)

    async def _next_digest(self) -> None:
        deferred = self._failures.deferred(time.monotonic())
        listed = await self._reviews.without_card(cards.DIGEST_SIZE, without=deferred)
        if not listed:
            await self._wait(LOOK_EVERY_S, until_woken=True)
            return
        text, place = cards.digest(listed, self._taxonomy, self._say), await self._place()
        try:
            message = await self._send_text(text, place)
        except TelegramBadRequest as e:
            _raise_if_the_group_refuses(e)
            logger.warning("a digest goes out as a list of commands: %s", e.message)
            message = await self._send_text(cards.commands(listed), place)
        await self._record_shown(listed, message, digest=True)

    async def _wait(self, wait_s: float, *, until_woken: bool) -> None:
        if not until_woken:
            await asyncio.sleep(wait_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait_s, LOOK_EVERY_S)):
                await self._wake_event.wait()

    async def _record_shown(
        self, shown: Sequence[Review], message: Message, *, digest: bool, version: int = 0
    ) -> None:
        self._metrics.shown(digest=digest)
        # An archive that cannot be written must not lead to the same message again and again.
        self._unrecorded = (shown, message, digest, version)
        await self._record_late()

    async def _record_late(self) -> None:
        """Record the last message, if that is still to be done."""
        if self._unrecorded is None:
            return
        shown, message, digest, version = self._unrecorded
        numbers = [review.number for review in shown]
        where = {"chat_id": message.chat.id, "message_id": message.message_id}
        recorded = await self._reviews.record_card(
            numbers, **where, digest=digest, now_ms=now_ms(), version=version
        )
        self._unrecorded = None
        if not recorded:
            # Its author had one erased while the message was on its way; the others go again.
            await self._delete(**where)
            return
        for review in shown:
            self._failures.shown(review.number)
            with log_context(review.review_id):
                logger.info("review %d is shown to the moderators", review.number)

    async def _delete(self, *, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id=chat_id, message_id=message_id)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            words = "message %d of chat %d shows an erased review; delete it by hand: %s"
            logger.error(words, message_id, chat_id, e.message)

    async def _send_card(self, review: Review, place: GroupPlace) -> tuple[Message, int]:
        """
        Send the card with its picture; if Telegram refuses that, its text; else one line.

        Return the message, and the version of the case that it shows.
        """
        text, buttons, version = await self._editor.content(review)
        photo = review.picture_in(self._say.language) or await self._drawn(review)
        if photo is not None:
            try:
                return await self._bot.send_photo(
                    place.chat_id,
                    photo,
                    message_thread_id=place.thread_id,
                    **text.as_caption_kwargs(),
                    reply_markup=buttons,
                ), version
            except TelegramBadRequest as e:
                _raise_if_the_group_refuses(e)
                logger.warning("card of review %d without picture: %s", review.number, e.message)
        try:
            return await self._send_text(text, place, buttons), version
        except TelegramBadRequest as e:
            _raise_if_the_group_refuses(e)
            logger.warning("card of review %d as a line: %s", review.number, e.message)
        return await self._send_text(cards.commands([review]), place), version

    async def _send_text(
        self, text: Text, place: GroupPlace, buttons: InlineKeyboardMarkup | None = None
    ) -> Message:
        return await self._bot.send_message(
            place.chat_id,
            message_thread_id=place.thread_id,
            **text.as_kwargs(),
            reply_markup=buttons,
        )

    async def _chat_id(self) -> int:
        chat_id = await self._group.chat_id()
        assert chat_id is not None, "cards are sent only while a group is connected"
        return chat_id

    async def _place(self) -> GroupPlace:
        place = await self._group.card_place()
        assert place is not None, "cards are sent only while a group is connected"
        return place

    async def _drawn(self, review: Review) -> BufferedInputFile | None:
        png = await self._pictures.answer(review, self._say.language)
        return None if png is None else BufferedInputFile(png, "chart.png")


def _raise_if_the_group_refuses(error: TelegramAPIError) -> None:
    if is_about_the_group(error.message):
        raise error
