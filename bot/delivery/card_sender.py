"""
Sends answered reviews to the moderators' group: a card for each, or a digest of many.

It reads only the archive. A card is sent at least once: a repeated card does less harm than a lost
complaint.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
)
from aiogram.types import Message

from bot.archive.database import DATABASE_ERRORS
from bot.archive.groups import GroupPlace
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_editor import CardEditor
from bot.delivery.card_failures import CardFailures
from bot.delivery.card_links import CardLinks
from bot.delivery.card_post import CardPost, raise_if_the_group_refuses
from bot.delivery.pacing import (
    SendDigest,
    Wait,
    has_room_for_edit,
    plan,
)
from bot.desk import cards
from bot.desk.desk_routes import CardPlan, DeskRoutes
from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from bot.urgency import WINDOW_S, Urgency, writing_as
from triage.logs import log_context

logger = logging.getLogger(__name__)

# The pause after a failure: Telegram is down, or the bot was removed from the group.
RETRY_S = 15.0

# Another replica may have answered a review or changed a case: it wakes only its own CardSender.
LOOK_EVERY_S = 1.0

# A digest contains those of the first LOOKED_AT waiting reviews that belong to one topic.
LOOKED_AT = 3 * cards.DIGEST_SIZE


@dataclass(frozen=True, slots=True)
class _SentCards:
    """A message that is sent and not yet recorded."""

    shown: Sequence[Review]
    message: Message
    digest: bool
    version: int = 0
    links: Sequence[int] = ()


class CardSender:
    """Sends cards and digests to the moderators' group."""

    def __init__(
        self,
        bot: Bot,
        reviews: Reviews,
        post: CardPost,
        *,
        group: ModeratorsGroup,
        routes: DeskRoutes,
        paced: bool,
        metrics: BotMetrics,
        editor: CardEditor,
        links: CardLinks,
        recent_writes: Callable[[int], Awaitable[list[float]]],
    ) -> None:
        """`recent_writes` returns when a group was last written to, seconds since the epoch."""
        self._bot = bot
        self._reviews = reviews
        self._post = post
        self._group = group
        self._routes = routes
        self._links = links
        self._paced = paced
        self._metrics = metrics
        self._editor = editor
        self._recent_writes = recent_writes
        self._wake_event = asyncio.Event()
        self._failures = CardFailures()
        self._unrecorded: list[_SentCards] = []
        self._recording = asyncio.Lock()

    def wake(self) -> None:
        """Look now: a review was answered, a case was changed, or a group was connected."""
        self._wake_event.set()

    async def run(self) -> None:
        """Send waiting cards until cancelled."""
        while True:
            try:
                await self._step()
            except (TelegramAPIError, *DATABASE_ERRORS) as e:
                logger.error("moderators' group: %s; next attempt in %d s", e, RETRY_S)
                await asyncio.sleep(RETRY_S)
            except Exception:  # a group that fails must not stop the answers to customers
                logger.exception("moderators' group; next attempt in %d s", RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def show(self, review: Review, place: GroupPlace | None = None) -> None:
        """Send one card now: to the place of a request, or to its own topic."""
        await self._show(review, CardPlan(place) if place else await self._routes.plan(review))

    async def _show(self, review: Review, plan: CardPlan) -> None:
        with log_context(review.review_id):
            message, version = await self._post.card(review, plan.place)
            await self._record_shown(
                _SentCards([review], message, digest=False, version=version, links=plan.links)
            )

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
        links = await self._links.count(await self._chat_id())
        sent_s = await self._sent_s(now)
        pace = (waiting + links, sent_s, now / 1000)
        if has_room_for_edit(*pace, paced=self._paced) and await self._edit_next():
            return
        match plan(*pace, paced=self._paced):
            case Wait(wait_s):
                # A card may be edited before a new one may be sent.
                await self._wait(min(wait_s, LOOK_EVERY_S), until_woken=True)
            case SendDigest() if waiting > 1 or not links:
                await self._next_digest()
            case _ if links:
                with writing_as(Urgency.CARD):
                    await self._links.send_next(await self._chat_id())
            case _:
                await self._next_card()

    async def _edit_next(self) -> bool:
        with writing_as(Urgency.EDIT):
            chat_id = await self._chat_id()
            return await self._editor.edit_next(chat_id) or await self._links.edit_next(chat_id)

    async def _sent_s(self, now: int) -> list[float]:
        """Return when the group was written to: from Redis, or the archive if Redis lost it."""
        since_ms = now - round(WINDOW_S * 1000)
        archived = await self._reviews.shown_since(since_ms)
        counted = await self._recent_writes(await self._chat_id())
        return max(counted, [moment / 1000 for moment in archived], key=len)

    async def _next_card(self) -> None:
        """Show the oldest card that may be tried now."""
        deferred = self._failures.deferred(time.monotonic())
        found = await self._reviews.without_card(1, without=deferred)
        if not found:  # a moderator has just opened it, or all waiting cards have just failed
            await self._wait(LOOK_EVERY_S, until_woken=True)
        for review in found:
            try:
                with writing_as(Urgency.CARD):
                    await self.show(review)
            except (TelegramMigrateToChat, TelegramForbiddenError, TelegramNetworkError):
                raise
            except TelegramAPIError as e:
                raise_if_the_group_refuses(e)
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
        listed = await self._reviews.without_card(LOOKED_AT, without=deferred)
        if not listed:
            await self._wait(LOOK_EVERY_S, until_woken=True)
            return
        plans = [(review, (await self._routes.plan(review)).place) for review in listed]
        place = plans[0][1]
        together = [review for review, theirs in plans if theirs == place][: cards.DIGEST_SIZE]
        with writing_as(Urgency.DIGEST):
            message = await self._post.digest(together, place)
        await self._record_shown(_SentCards(together, message, digest=True))

    async def _wait(self, wait_s: float, *, until_woken: bool) -> None:
        if not until_woken:
            await asyncio.sleep(wait_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait_s, LOOK_EVERY_S)):
                await self._wake_event.wait()

    async def _record_shown(self, sent: _SentCards) -> None:
        self._metrics.shown(digest=sent.digest)
        # While the archive cannot be written, the same message must not be sent repeatedly.
        self._unrecorded.append(sent)
        await self._record_late()

    async def _record_late(self) -> None:
        """Record the messages that are not recorded yet; handlers and `run` take turns at it."""
        async with self._recording:
            while self._unrecorded:
                await self._record(self._unrecorded[0])

    async def _record(self, sent: _SentCards) -> None:
        numbers = [review.number for review in sent.shown]
        where = {"chat_id": sent.message.chat.id, "message_id": sent.message.message_id}
        recorded = await self._reviews.record_card(
            numbers,
            **where,
            digest=sent.digest,
            now_ms=now_ms(),
            version=sent.version,
            links=sent.links,
        )
        self._unrecorded.pop(0)
        if not recorded:
            # A review was erased while the message was being sent; the others are sent again.
            await self._delete(**where)
            return
        for review in sent.shown:
            self._failures.shown(review.number)
            with log_context(review.review_id):
                logger.info("review %d is shown to the moderators", review.number)

    async def _delete(self, *, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id=chat_id, message_id=message_id)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            words = "message %d of chat %d shows an erased review; delete it by hand: %s"
            logger.error(words, message_id, chat_id, e.message)

    async def _chat_id(self) -> int:
        chat_id = await self._group.chat_id()
        assert chat_id is not None, "cards are sent only while a group is connected"
        return chat_id
