"""
Edits cards in the group so that they show the newest state of their cases.

Only the newest state of a card is shown, at most every five seconds. The archive shows which cards
are stale, so an edit that was due when the bot was killed is made after the restart.
"""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import ShownCards, StaleCard
from bot.clock import now_ms
from bot.desk import cards
from bot.desk.card_keyboard import card_keyboard
from bot.desk.card_words import edit_words
from bot.desk.case_view import CaseView, CaseViews
from bot.telegram_errors import is_about_the_group, is_unmodified
from bot.texts import Say
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)


class CardEditor:
    """Builds the content of cards, and edits stale cards."""

    def __init__(
        self,
        bot: Bot,
        reviews: Reviews,
        shown: ShownCards,
        views: CaseViews,
        taxonomy: Taxonomy,
        say: Say,
    ) -> None:
        self._bot = bot
        self._reviews = reviews
        self._shown = shown
        self._views = views
        self._taxonomy = taxonomy
        self._say = say

    async def content(self, review: Review) -> tuple[Text, InlineKeyboardMarkup, int]:
        """Return text and buttons of a card, and the version of the case that they show."""
        view = await self._views.of(review.number, now_ms())
        return (*self._content(review, view), view.case.version)

    async def edit_next(self, chat_id: int) -> bool:
        """Edit the stale card that was edited longest ago; return False if there is none."""
        card = await self._shown.next_stale(chat_id, now_ms())
        if card is None:
            return False
        review = await self._reviews.by_number(card.number)
        if review is not None:  # otherwise it has just been erased
            text, buttons, version = await self.content(review)
            await self._edit(card, text, buttons)
            await self._shown.edited(card, version, now_ms())
        return True

    def _content(self, review: Review, view: CaseView) -> tuple[Text, InlineKeyboardMarkup]:
        text = cards.card(review, self._taxonomy, self._say, view)
        return text, card_keyboard(review, view, self._taxonomy, self._say)

    async def _edit(self, card: StaleCard, text: Text, buttons: InlineKeyboardMarkup) -> None:
        """Edit the words and buttons of a card; skip a deleted card."""
        try:
            await edit_words(self._bot, card.chat_id, card.message_id, text, reply_markup=buttons)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            is_private = card.chat_id > 0  # skip a moderator who blocked the bot
            if not is_private and _is_about_the_group(e):
                raise
            if not is_unmodified(e.message):
                logger.warning("card of review %d cannot be edited: %s", card.number, e.message)


def _is_about_the_group(error: TelegramAPIError) -> bool:
    return isinstance(error, TelegramForbiddenError) or is_about_the_group(error.message)
