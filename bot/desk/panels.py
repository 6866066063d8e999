"""
Panels at work: opens them in private chats, changes drafts, settles them, takes labels back.

A draft is in the archive from the first switch, so a panel can be settled by another replica after
this one was killed.
"""

import logging
from dataclasses import dataclass, replace

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.desk_records import LabelDraft
from bot.archive.draft_store import DraftStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk.alternatives import Classes, alternatives
from bot.desk.card_keyboard import set_title
from bot.desk.case_desk import Acted, ActResult, CaseDesk, Doer
from bot.desk.desk_taps import DeskTap
from bot.desk.panel import (
    PanelScreen,
    PanelView,
    panel_keyboard,
    panel_text,
    settled_keyboard,
    settled_text,
    switched,
    top_screen,
)
from bot.desk.standing import standing
from bot.texts import Say
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Panels:
    """Opens and changes panels; a private chat has the id of its person."""

    bot: Bot
    reviews: Reviews
    drafts: DraftStore
    desk: CaseDesk
    taxonomy: Taxonomy
    say: Say

    async def open(self, review: Review, user_id: int) -> None:
        """Send a panel; an older one of the same review in this chat is deleted."""
        view = self.view(review, (await self.draft(review, user_id)).classes)
        before = await self.drafts.panel(user_id, review.number)
        screen = top_screen(view)
        sent = await self.bot.send_message(
            user_id,
            **panel_text(view, screen).as_kwargs(),
            reply_markup=panel_keyboard(view, screen),
        )
        recorded = await self.drafts.record_panel(user_id, sent.message_id, review.number, now_ms())
        # An erased review must leave no message behind.
        for message_id in (before, None if recorded else sent.message_id):
            if message_id is not None:
                await self._delete(user_id, message_id)

    async def draft(self, review: Review, user_id: int) -> LabelDraft:
        """Return the person's draft; a new one begins with what holds or what the model said."""
        found = await self.drafts.draft(review.number, user_id)
        if found is not None:
            return found
        held = standing(await self.desk.labels(review.number))
        label = held.of(user_id) or (held.labels[-1] if held.labels else None)
        classes = (
            label.content.classes if label else alternatives(review.answer, self.taxonomy).first
        )
        known = tuple(c for c in classes if c in self.taxonomy.by_id)
        base = label.label_id if label else None
        return await self.drafts.open(
            LabelDraft(review.number, user_id, known, now_ms(), base_label=base)
        )

    async def switch(self, review: Review, user_id: int, tap: DeskTap) -> Classes:
        """Store what a tap changes in the draft, and return the chosen classes."""
        draft = await self.draft(review, user_id)
        sets = alternatives(review.answer, self.taxonomy)
        chosen = switched(draft.classes, tap, sets, self.taxonomy)
        await self.drafts.keep(replace(draft, classes=chosen, touched_ms=now_ms()))
        return chosen

    async def settle(self, review: Review, draft: LabelDraft, source_id: str) -> ActResult:
        """Store the draft's classes, which must not be empty, as the person's label."""
        doer = Doer(draft.user_id, source_id, now_ms())
        return await self.desk.settle(
            review,
            draft.classes,
            doer,
            base_label=draft.base_label,
            opened_ms=draft.opened_ms,
        )

    async def show_saved(self, review: Review, user_id: int, message_id: int) -> None:
        """Let the panel say what is saved, and whether another moderator disagrees."""
        held = standing(await self.desk.labels(review.number))
        label = held.of(user_id)
        if label is None:
            return
        title = set_title(label.content.classes, self.taxonomy, self.say, 300)
        words = [self.say("panel-saved", classes=title)]
        words += [self.say("panel-disputed")] if held.is_disputed else []
        view = self.view(review, label.content.classes)
        await self._edit(
            user_id, message_id, settled_text(view, words), settled_keyboard(view, undo=True)
        )

    async def undo(self, review: Review, doer: Doer, message_id: int) -> ActResult:
        """Take the person's label back, and let the panel say so."""
        result = await self.desk.undo(review, doer)
        if isinstance(result, Acted) and doer.user_id is not None:
            view = self.view(review, ())
            text = settled_text(view, [self.say("panel-undone")])
            buttons = settled_keyboard(view, undo=False)
            await self._edit(doer.user_id, message_id, text, buttons)
        return result

    async def show(
        self, view: PanelView, user_id: int, message_id: int, screen: PanelScreen
    ) -> None:
        """Let the panel show a screen."""
        await self._edit(
            user_id, message_id, panel_text(view, screen), panel_keyboard(view, screen)
        )

    def view(self, review: Review, chosen: Classes) -> PanelView:
        """Return what a panel shows."""
        sets = alternatives(review.answer, self.taxonomy)
        return PanelView(review, sets, chosen, self.taxonomy, self.say)

    async def _edit(
        self, chat_id: int, message_id: int, text: Text, buttons: InlineKeyboardMarkup
    ) -> None:
        try:
            await self.bot.edit_message_text(
                chat_id=chat_id, message_id=message_id, **text.as_kwargs(), reply_markup=buttons
            )
        except TelegramBadRequest as e:
            if "not modified" not in e.message:
                logger.info("a panel could not be changed: %s", e.message)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self.bot.delete_message(chat_id, message_id)
        except TelegramAPIError as e:
            logger.info("a panel could not be deleted: %s", e)
