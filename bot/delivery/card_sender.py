"""
Puts answered reviews before the moderators: one card each, or a digest when many come at once.

Works from the archive alone. A card is sent at least once: a repeated card is a nuisance, a lost
complaint is a loss.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramMigrateToChat,
)
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Text

from bot.archive.database import DATABASE_ERRORS
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.pacing import WINDOW_S, SendCard, SendDigest, Wait, plan
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

# Another replica of the bot may have answered a review: it wakes its own desk, not this one.
LOOK_EVERY_S = 2.0


class CardSender:
    """The moderators' group as the bot writes to it."""

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
    ) -> None:
        self._bot = bot
        self._reviews = reviews
        self._pictures = pictures
        self._taxonomy = taxonomy
        self._say = say
        self._group = group
        self._paced = paced
        self._metrics = metrics
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that a review was answered, or that there is a group now."""
        self._news.set()

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            try:
                await self._step()
            except TelegramMigrateToChat as e:
                await self._group.move(e.migrate_to_chat_id)
            except (TelegramAPIError, *DATABASE_ERRORS) as e:
                logger.error("moderators' group: %s; again in %d s", e, RETRY_S)
                await asyncio.sleep(RETRY_S)
            except Exception:  # customers are answered even while the group cannot be
                logger.exception("moderators' group; again in %d s", RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def show(self, review: Review) -> None:
        """Send one card now."""
        with log_context(review.review_id):
            await self._keep([review], await self._send_card(review), digest=False)

    async def _step(self) -> None:
        self._news.clear()
        if await self._group.chat_id() is None:
            await self._wait(LOOK_EVERY_S, until_news=True)
            return
        waiting, now = await self._reviews.count_uncarded(), now_ms()
        # From the archive, so that the pace is kept over a restart and by all replicas together.
        sent_ms = await self._reviews.shown_since(now - round(WINDOW_S * 1000))
        sent_s = [moment / 1000 for moment in sent_ms]
        match plan(waiting, sent_s, now / 1000, paced=self._paced):
            case SendCard():
                # None is left where a moderator has just opened the one that waited.
                for review in await self._reviews.uncarded(1):
                    await self.show(review)
            case SendDigest():
                if listed := await self._reviews.uncarded(cards.DIGEST_SIZE):
                    text = cards.digest(listed, self._taxonomy, self._say)
                    await self._keep(listed, await self._send_text(text), digest=True)
            case Wait(wait_s):
                await self._wait(wait_s, until_news=not waiting)

    async def _wait(self, wait_s: float, *, until_news: bool) -> None:
        if not until_news:
            await asyncio.sleep(wait_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait_s, LOOK_EVERY_S)):
                await self._news.wait()

    async def _keep(self, shown: Sequence[Review], message: Message, *, digest: bool) -> None:
        self._metrics.shown(digest=digest)
        numbers = [review.number for review in shown]
        where = {"chat_id": message.chat.id, "message_id": message.message_id}
        if not await self._reviews.carded(numbers, **where, digest=digest, now_ms=now_ms()):
            # Its author had one erased while the message was on its way; the others go again.
            await self._bot.delete_message(**where)
            return
        for review in shown:
            with log_context(review.review_id):
                logger.info("review %d is shown to the moderators", review.number)

    async def _send_card(self, review: Review) -> Message:
        text = cards.card(review, self._taxonomy, self._say)
        photo = review.chart_file_id or await self._drawn(review)
        if photo is None:
            return await self._send_text(text)
        try:
            return await self._bot.send_photo(
                await self._known(), photo, **text.as_caption_kwargs()
            )
        except TelegramBadRequest as e:
            logger.warning("card of review %d goes without picture: %s", review.number, e.message)
            return await self._send_text(text)

    async def _send_text(self, text: Text) -> Message:
        return await self._bot.send_message(await self._known(), **text.as_kwargs())

    async def _known(self) -> int:
        chat_id = await self._group.chat_id()
        assert chat_id is not None, "cards are sent where there is a group"
        return chat_id

    async def _drawn(self, review: Review) -> BufferedInputFile | None:
        png = await self._pictures.answer(review, self._say.language)
        return None if png is None else BufferedInputFile(png, "chart.png")
