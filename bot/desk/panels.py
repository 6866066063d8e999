"""
Opens panels, changes and settles drafts, and undoes labels.

A panel is in the moderator's private chat, or in the group, where it replaces the card only for its
moderator.

A draft is stored in the archive from the first switch, so another replica can settle it after this
one was killed.
"""

import logging
from dataclasses import dataclass, replace

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
)
from aiogram.types import EphemeralMessageParameters, InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.desk_records import LabelDraft, PanelPlace
from bot.archive.draft_store import DraftStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk.alternatives import Classes, alternatives
from bot.desk.card_keyboard import set_title
from bot.desk.case_desk import Acted, ActResult, CaseDesk, Doer, Repeated, TooLate
from bot.desk.desk_taps import DeskTap
from bot.desk.panel import (
    EPHEMERAL_LENGTH,
    MESSAGE_LENGTH,
    PanelScreen,
    PanelView,
    panel_keyboard,
    panel_text,
    settled_keyboard,
    settled_text,
    switched,
    top_screen,
)
from bot.desk.standing import standing, undoable
from bot.errors import NotEphemeral
from bot.telegram_errors import is_unmodified
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
        place = PanelPlace(user_id, sent.message_id)
        recorded = await self.drafts.record_panel(place, review.number, now_ms())
        # No message may show an erased review.
        for older in (before, None if recorded else place):
            if older is not None:
                await self._delete(older)

    async def open_in_group(self, review: Review, user_id: int, chat_id: int, tap_id: str) -> None:
        """
        Show a panel in place of the card that was tapped, only to the tapper.

        Raises TelegramAPIError if Telegram refuses that, and NotEphemeral if the server does not
        support such messages: all members have then seen one for a moment.
        """
        view = self.view(review, (await self.draft(review, user_id)).classes)
        before = await self.drafts.panel(user_id, review.number)
        screen = top_screen(view)
        sent = await self.bot.send_message(
            chat_id,
            **panel_text(view, screen, EPHEMERAL_LENGTH).as_kwargs(),
            reply_markup=panel_keyboard(view, screen),
            ephemeral_message_parameters=EphemeralMessageParameters(
                receiver_user_id=user_id,
                callback_query_id=tap_id,
                replace_callback_query_message=True,
            ),
        )
        is_public = sent.ephemeral_message_id is None
        place = (
            PanelPlace(chat_id, sent.message_id)
            if sent.ephemeral_message_id is None
            else PanelPlace(chat_id, sent.ephemeral_message_id, user_id)
        )
        recorded = await self.drafts.record_panel(place, review.number, now_ms())
        for older in (before, place if is_public or not recorded else None):
            if older is not None:
                await self._delete(older)
        if is_public:
            raise NotEphemeral("this Bot API server shows ephemeral messages to everybody")

    async def draft(self, review: Review, user_id: int) -> LabelDraft:
        """Return the person's draft; a new one has the valid label or the model's answer."""
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
        """
        Store the draft's classes, which must not be empty, as the person's label.

        If the draft is settled automatically while its author taps Done, there is one label.
        """
        doer = Doer(draft.user_id, source_id, now_ms())
        result = await self.desk.settle(review, draft.classes, doer, draft)
        if isinstance(result, Repeated):
            await self.drafts.drop_same(draft)
        return result

    async def show_saved(self, review: Review, user_id: int, place: PanelPlace) -> None:
        """
        Show in the panel what is saved, and whether another moderator disagrees.

        Undo is offered only while it is possible: a label that was saved again keeps its age.
        A panel in the group is deleted: the card returns to its place and shows the label to all.
        """
        held = standing(await self.desk.labels(review.number))
        label = held.of(user_id)
        if label is None:
            return
        if place.receiver_id is not None:
            await self._delete(place)
            return
        title = set_title(label.content.classes, self.taxonomy, self.say, 300)
        words = [self.say("panel-saved", classes=title)]
        words += [self.say("panel-disputed")] if held.is_disputed else []
        view = self.view(review, label.content.classes)
        undo = undoable(held, user_id, now_ms()) is not None
        await self._edit(place, settled_text(view, words), settled_keyboard(view, undo=undo))

    async def undo(self, review: Review, doer: Doer, place: PanelPlace) -> ActResult:
        """Undo the person's label and show that in the panel; too late, hide the button."""
        result = await self.desk.undo(review, doer)
        if isinstance(result, Acted):
            view = self.view(review, ())
            text = settled_text(view, [self.say("panel-undone")])
            await self._edit(place, text, settled_keyboard(view, undo=False))
        elif isinstance(result, TooLate) and doer.user_id is not None:
            await self.show_saved(review, doer.user_id, place)
        return result

    async def show(self, view: PanelView, place: PanelPlace, screen: PanelScreen) -> bool:
        """Show a screen in the panel; return False if the panel was deleted."""
        limit = MESSAGE_LENGTH if place.receiver_id is None else EPHEMERAL_LENGTH
        return await self._edit(
            place, panel_text(view, screen, limit), panel_keyboard(view, screen)
        )

    def view(self, review: Review, chosen: Classes) -> PanelView:
        """Return what a panel shows."""
        sets = alternatives(review.answer, self.taxonomy)
        return PanelView(review, sets, chosen, self.taxonomy, self.say)

    async def _edit(self, place: PanelPlace, text: Text, buttons: InlineKeyboardMarkup) -> bool:
        """Edit a panel; return False if it was deleted, or its moderator blocked the bot."""
        try:
            if place.receiver_id is None:
                await self.bot.edit_message_text(
                    chat_id=place.chat_id,
                    message_id=place.message_id,
                    **text.as_kwargs(),
                    reply_markup=buttons,
                )
            else:
                await self.bot.edit_ephemeral_message_text(
                    place.chat_id,
                    place.receiver_id,
                    place.message_id,
                    **text.as_kwargs(),
                    reply_markup=buttons,
                )
        except (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound) as e:
            if not is_unmodified(e.message):
                logger.info("a panel could not be changed: %s", e.message)
                return False
        return True

    async def _delete(self, place: PanelPlace) -> None:
        try:
            if place.receiver_id is None:
                await self.bot.delete_message(place.chat_id, place.message_id)
            else:
                await self.bot.delete_ephemeral_message(
                    place.chat_id, place.receiver_id, place.message_id
                )
        except TelegramAPIError as e:
            logger.info("a panel could not be deleted: %s", e)
        else:
            await self.drafts.forget_panel(place)
