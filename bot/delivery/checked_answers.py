"""
The desk's periodic work: it settles drafts, ends leases, and corrects the customers' answers.

Only the replica with the duties does it. It reads the archive, so a kill loses nothing.
"""

import asyncio
import logging
from dataclasses import replace

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError

from bot.archive.author_checks import AuthorChecks
from bot.archive.database import DATABASE_ERRORS
from bot.archive.desk_records import LabelDraft
from bot.archive.records import Review
from bot.archive.shown_cards import ShownCards
from bot.clock import now_ms
from bot.delivery import customer_messages
from bot.delivery.answer_buttons import answer_buttons, buttons_of_words
from bot.delivery.changed_routes import ChangedRoutes
from bot.desk.case_desk import Doer
from bot.desk.cases import LEASE_MS, Act
from bot.desk.panels import Panels
from bot.desk.standing import standing
from bot.telegram_errors import is_unmodified
from bot.texts import Texts

logger = logging.getLogger(__name__)

# A draft is settled this long after its last change.
SETTLE_AFTER_MS = 60_000

LOOK_EVERY_S = 1.0
RETRY_S = 15.0

# Rows read in one round.
ROUND = 50


class CheckedAnswers:
    """Applies what moderators did to labels and to customers' answers."""

    def __init__(
        self,
        bot: Bot,
        panels: Panels,
        shown: ShownCards,
        routes: ChangedRoutes,
        checks: AuthorChecks,
        texts: Texts,
        *,
        training_mode: bool = False,
    ) -> None:
        """In training mode customers do not see labels."""
        self._training_mode = training_mode
        self._bot = bot
        self._panels = panels
        self._shown = shown
        self._routes = routes
        self._checks = checks
        self._texts = texts

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.round()
                await asyncio.sleep(LOOK_EVERY_S)
            except (TelegramAPIError, *DATABASE_ERRORS) as e:
                logger.warning("the desk's work is postponed: %s", e)
                await asyncio.sleep(RETRY_S)
            except Exception:  # the desk must not stop this replica's other work
                logger.exception("the desk's work is postponed")
                await asyncio.sleep(RETRY_S)

    async def round(self) -> None:
        """Do all due work once."""
        drafts = self._panels.drafts
        for draft in await drafts.untouched(now_ms(), SETTLE_AFTER_MS, ROUND):
            await self._settle(draft)
        for number in await self._shown.ended_leases(now_ms(), LEASE_MS, ROUND):
            await self._end_lease(number)
        for number, version in await self._shown.untold(ROUND):
            review = await self._panels.reviews.by_number(number)
            if review is None:  # it has just been erased
                continue
            await self._carry_over(review)
            await self._shown.told(number, version, undelivered=review.undelivered)

    async def _end_lease(self, number: int) -> None:
        """Free the case, so that its card shows it, unless its owner has just acted."""
        case = await self._panels.desk.case(number, now_ms())
        if case.owner_id is None:
            doer = Doer(None, f"lease:{number}:{case.version}", now_ms(), seen=case.version)
            await self._panels.desk.act(number, Act.LEASE_END, doer)

    async def _settle(self, draft: LabelDraft) -> None:
        """Settle a draft; an empty draft waits for its next change."""
        review = await self._panels.reviews.by_number(draft.number)
        if review is None:
            return
        if not draft.classes:
            await self._panels.drafts.keep(replace(draft, touched_ms=None))
            return
        # The source is the same after a kill, so the draft is settled once.
        source = f"draft:{draft.number}:{draft.user_id}:{draft.touched_ms}"
        await self._panels.settle(review, draft, source)
        panel = await self._panels.drafts.panel(draft.user_id, draft.number)
        if panel is not None:
            await self._panels.show_saved(review, draft.user_id, panel)

    async def _carry_over(self, review: Review) -> None:
        """Show the newest label in the topics of the group and in the customer's answer."""
        await self._routes.follow(review)
        if not self._training_mode:
            await self._tell(review)

    async def _tell(self, review: Review) -> None:
        """Edit the customer's answer silently; one that cannot be edited stays as it is."""
        held = standing(await self._panels.desk.labels(review.number))
        if review.undelivered is not None or held.is_disputed:
            return
        try:
            await self._edit(review, held.classes)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            if not is_unmodified(e.message):
                logger.info("answer of review %d is not corrected: %s", review.number, e.message)

    async def _edit(self, review: Review, checked: tuple[int, ...] | None) -> None:
        say, taxonomy = self._texts[review.language], self._panels.taxonomy
        text = customer_messages.answer(review, taxonomy, say, checked=checked)
        check = await self._checks.of(review.number)
        if review.chart_file_id is None:
            await self._bot.edit_message_text(
                chat_id=review.chat_id,
                message_id=review.message_id,
                **text.as_kwargs(),
                reply_markup=buttons_of_words(review, taxonomy, say, check, checked=checked),
            )
            return
        await self._bot.edit_message_caption(
            chat_id=review.chat_id,
            message_id=review.message_id,
            **text.as_caption_kwargs(),
            reply_markup=answer_buttons(review, taxonomy, say, check, checked=checked),
        )
