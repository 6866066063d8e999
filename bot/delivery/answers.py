"""
Delivers outcomes to customers: the receipt is edited into chart and classes.

Each step is recorded in the archive and may be repeated: after any crash one reply is visible.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
)
from aiogram.types import (
    BufferedInputFile,
    InputMediaPhoto,
    Message,
)

from bot.archive.records import Review, fits
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery import customer_messages
from bot.delivery.after_answer import AfterAnswer
from bot.delivery.answer_buttons import answer_buttons, buttons_of_words
from bot.delivery.answer_content import AnswerContent, ShownAnswer, picture_id
from bot.delivery.card_sender import CardSender
from bot.delivery.pictures import Pictures
from bot.leases import Leases
from bot.metrics import BotMetrics, Ending
from bot.telegram_errors import cannot_be_edited, is_unmodified
from bot.texts import Texts
from triage.errors import QueueUnavailable
from triage.logs import log_context
from triage.queue.deliveries import Delivery
from triage.queue.heartbeat import OnRound, no_heartbeat
from triage.queue.messages import Outcome
from triage.queue.streams import Stream
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

# Answers delivered at the same time; one customer's 429 does not delay the others.
IN_FLIGHT = 32

# A new outcome waits this long while the receipt is edited: longer than the lease of a killed bot.
PATIENCE_S = 30.0

# The pause after a failure of Redis.
RETRY_S = 1.0


class AnswerSender:
    """Reads outcomes and shows them to the people who wait for them."""

    def __init__(
        self,
        bot: Bot,
        reviews: Reviews,
        outcomes: Stream[Outcome],
        pictures: Pictures,
        taxonomy: Taxonomy,
        texts: Texts,
        card_sender: CardSender | None,
        leases: Leases,
        metrics: BotMetrics,
        after: AfterAnswer,
        *,
        training_mode: bool = False,
    ) -> None:
        """In training mode customers get a receipt only."""
        self._bot = bot
        self._reviews = reviews
        self._outcomes = outcomes
        self._pictures = pictures
        self._taxonomy = taxonomy
        self._texts = texts
        self._card_sender = card_sender
        self._leases = leases
        self._metrics = metrics
        self._after = after
        self._training_mode = training_mode

    async def run(self, on_round: OnRound = no_heartbeat) -> None:
        """Deliver outcomes until cancelled; then return the undelivered ones to the queue."""
        try:
            await self._deliver_all(on_round)
        finally:
            with suppress(QueueUnavailable):
                await self._outcomes.give_back()

    async def _deliver_all(self, on_round: OnRound) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._outcomes.keep_leases())
            while True:
                try:
                    await on_round()
                    room = IN_FLIGHT - self._outcomes.held
                    for delivery in await self._next(room):
                        tasks.create_task(self._deliver(delivery))
                except QueueUnavailable as e:
                    logger.warning("outcomes cannot be read: %s", e)
                    await asyncio.sleep(RETRY_S)

    async def answer(self, number: int, chart: bytes = b"", patience_s: float = 0.0) -> None:
        """
        Show the recorded answer of review `number`; without `chart`, draw it again.

        A temporary failure is left to the reconciler, a permanent one is recorded.
        """
        await self._tell(number, lambda review: self._answer(review, chart), patience_s)

    async def receipt(self, number: int, place: customer_messages.QueuePlace) -> None:
        """Turn the preview into the receipt, unless the answer came first."""
        tell = partial(self._receipt, place=place)
        try:
            await self._tell(number, tell)
        except QueueUnavailable:  # without Redis no answer comes either
            review = await self._reviews.by_number(number)
            if review is not None:
                await tell(review)

    async def delay(self, number: int) -> None:
        """Show in the receipt that there is a delay; a failure is only logged."""
        await self._tell(number, partial(self._receipt, place=customer_messages.Delayed()))

    async def _tell(
        self, number: int, tell: Callable[[Review], Awaitable[None]], patience_s: float = 0.0
    ) -> None:
        """
        Send one thing at a time to a waiting customer, so that none replaces a later one.

        If another has the lease for `patience_s`, nothing is sent; the reconciler tries again.
        """
        async with self._leases.turn(f"review:{number}", patience_s) as is_mine:
            # Read only now: it may have been answered while this call waited.
            review = await self._reviews.by_number(number) if is_mine else None
            if review is not None and review.answered_ms is None:
                await tell(review)

    async def _receipt(self, review: Review, place: customer_messages.QueuePlace) -> None:
        if self._training_mode:
            place = customer_messages.ReadByPeople()
        receipt = customer_messages.receipt(review, self._texts[review.language], place)
        try:
            await self._bot.edit_message_text(
                chat_id=review.chat_id, message_id=review.message_id, **receipt.as_kwargs()
            )
        except TelegramAPIError as e:
            logger.info("receipt of review %d not shown: %s", review.number, e)

    async def _answer(self, review: Review, chart: bytes) -> None:
        started_s = time.monotonic()
        ending = await self._ended(review, chart)
        total_s = max(0, now_ms() - review.accepted_ms) / 1000
        self._metrics.answered(ending, time.monotonic() - started_s, total_s)
        if self._card_sender is not None and ending != "later":
            self._card_sender.wake()

    async def _ended(self, review: Review, chart: bytes) -> Ending:
        """Show the answer, and store the result."""
        try:
            shown = await self._show(review, chart)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound) as e:
            await self._reviews.gave_up(review.number, now_ms(), e.message)
            logger.warning("review %d cannot be answered: %s", review.number, e.message)
            return "undeliverable"
        except (TelegramAPIError, OSError) as e:
            logger.warning("review %d is answered later: %s", review.number, e)
            return "later"
        await self._reviews.answered(
            review.number, now_ms(), shown.file_id, message_id=shown.message_id
        )
        logger.info("review %d is answered", review.number)
        if not self._training_mode:
            await self._after.notice_if_late(review)
        await self._after.ask_for_consent(review)
        return "shown"

    async def _next(self, room: int) -> list[Delivery[Outcome]]:
        if room <= 0:
            await asyncio.sleep(0.05)
            return []
        return await self._outcomes.reclaim(room) or await self._outcomes.read(room)

    async def _deliver(self, delivery: Delivery[Outcome]) -> None:
        """Archive one outcome and show it; a bad outcome must not stop the others."""
        with log_context(delivery.message.review_id):
            try:
                await self._archive_and_answer(delivery)
                await self._outcomes.settle(delivery.entry_id)
            except Exception:
                logger.exception("outcome %s is delivered later", delivery.entry_id)
                self._outcomes.release([delivery.entry_id])

    async def _archive_and_answer(self, delivery: Delivery[Outcome]) -> None:
        outcome = _checked(delivery.message, self._taxonomy)
        review = await self._reviews.by_id(outcome.review_id)
        if review is None:
            logger.warning("outcome %s has no review in this archive", delivery.entry_id)
            return
        recorded = await self._reviews.record(review.number, outcome, now_ms())
        try:
            # A chart belongs to its outcome; another outcome's chart would contradict the words.
            chart = delivery.attachment if recorded and outcome.decision else b""
            await self.answer(review.number, chart, PATIENCE_S)
        except Exception:  # already archived; leaving the entry open would mask lost jobs
            logger.exception("review %d is answered later", review.number)

    async def _show(self, review: Review, chart: bytes) -> ShownAnswer:
        """
        Turn the receipt into the answer.

        If Telegram refuses it, show it without the picture, then in one new message.
        """
        content = await self._content(review, chart)
        for shown in dict.fromkeys((content, content.without_picture())):
            try:
                edited = await self._edit(review, shown)
                if shown is not content:
                    self._metrics.answered_otherwise("without picture")
                return ShownAnswer(review.message_id, picture_id(edited))
            except TelegramBadRequest as e:
                if is_unmodified(e.message):
                    return ShownAnswer(review.message_id, review.chart_file_id)
                refused = e
                if cannot_be_edited(e.message):
                    break
        if not await self._reviews.claim_late_notice(review.number):
            raise refused
        self._metrics.answered_otherwise("new message")
        logger.warning("review %d is answered in a new message: %s", review.number, refused.message)
        sent = await self._send(review, content)
        return ShownAnswer(sent.message_id, picture_id(sent))

    async def _edit(self, review: Review, content: AnswerContent) -> Message | bool:
        chat_id, message_id = review.chat_id, review.message_id
        if content.picture is None:
            return await self._bot.edit_message_text(
                chat_id=chat_id,
                message_id=message_id,
                **content.caption.as_kwargs(),
                reply_markup=content.buttons,
            )
        media = InputMediaPhoto(media=content.picture, **content.caption.as_caption_kwargs())
        return await self._bot.edit_message_media(
            media, chat_id=chat_id, message_id=message_id, reply_markup=content.buttons
        )

    async def _send(self, review: Review, content: AnswerContent) -> Message:
        """Answer in a new message: the receipt was deleted or cannot be edited."""
        if content.picture is not None:
            try:
                return await self._bot.send_photo(
                    review.chat_id,
                    content.picture,
                    **content.caption.as_caption_kwargs(),
                    reply_markup=content.buttons,
                )
            except TelegramBadRequest as e:
                self._metrics.answered_otherwise("without picture")
                logger.warning("picture of review %d is refused: %s", review.number, e.message)
        words = content.without_picture()
        return await self._bot.send_message(
            review.chat_id, **words.caption.as_kwargs(), reply_markup=words.buttons
        )

    async def _content(self, review: Review, chart: bytes) -> AnswerContent:
        say = self._texts[review.language]
        if self._training_mode:
            receipt = customer_messages.receipt(review, say, customer_messages.ReadByPeople())
            return AnswerContent(receipt, None, None)
        png = chart or await self._pictures.answer(review, review.language)
        content = AnswerContent(
            customer_messages.answer(review, self._taxonomy, say),
            BufferedInputFile(png, "chart.png") if png else None,
            answer_buttons(review, self._taxonomy, say),
            buttons_of_words(review, self._taxonomy, say),
        )
        return content if png else content.without_picture()


def _checked(outcome: Outcome, taxonomy: Taxonomy) -> Outcome:
    """Return the outcome, or an error in its place if the worker has other classes than the bot."""
    decision = outcome.decision
    if decision is None or fits(decision, outcome.probabilities, taxonomy):
        return outcome
    error = f"classes of {outcome.model.name} {outcome.model.version} are not those of the bot"
    logger.error("review %s: %s; both need the same TAXONOMY_FILE", outcome.review_id, error)
    return Outcome(review_id=outcome.review_id, model=outcome.model, error=error)
