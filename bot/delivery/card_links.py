"""
Sends the lines that lead from other topics to a card, and edits them when the classes change.

The archive shows which lines are due or stale, so a kill loses nothing.
"""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.archive.card_places import CardPlaces
from bot.archive.link_store import LinkStore
from bot.archive.reviews import Reviews
from bot.delivery.card_post import CardPost, raise_if_the_group_refuses
from bot.desk.desk_routes import DeskRoutes
from bot.desk.message_link import message_link
from bot.telegram_errors import is_unmodified

logger = logging.getLogger(__name__)


class CardLinks:
    """Sends lines one by one, each at least once, and edits stale ones."""

    def __init__(
        self,
        bot: Bot,
        store: LinkStore,
        places: CardPlaces,
        reviews: Reviews,
        routes: DeskRoutes,
        post: CardPost,
    ) -> None:
        self._bot = bot
        self._store = store
        self._places = places
        self._reviews = reviews
        self._routes = routes
        self._post = post

    async def count(self, chat_id: int) -> int:
        """Return how many lines are due in the group."""
        return await self._store.count(chat_id)

    async def send_next(self, chat_id: int) -> None:
        """Send the line of the oldest review, if one is due."""
        link = await self._store.next_due(chat_id)
        if link is None:
            return
        review = await self._reviews.by_number(link.number)
        if review is None or review.is_expired:
            await self._store.drop(link)
            return
        classes, version = await self._routes.classes_at(review)
        try:
            message = await self._post.link(link, review, classes)
        except TelegramBadRequest as e:
            raise_if_the_group_refuses(e)
            logger.warning("review %d has no link in a topic: %s", link.number, e.message)
            await self._store.drop(link)
            return
        sent = (message.message_id, message.message_thread_id)
        if not await self._store.sent(link, *sent, version):
            await self._delete(chat_id, message.message_id)

    async def edit_next(self, chat_id: int) -> bool:
        """Show the newest classes in a stale line; return False if there is none."""
        link = await self._store.next_stale(chat_id)
        if link is None:
            return False
        review = await self._reviews.by_number(link.number)
        if review is None:  # it has just been erased
            return True
        classes, version = await self._routes.classes_at(review)
        card_id = await self._places.card_of(chat_id, link.number)
        url = message_link(chat_id, card_id or link.message_id)
        try:
            await self._bot.edit_message_text(
                chat_id=chat_id,
                message_id=link.message_id,
                **self._post.line(review, classes, url).as_kwargs(),
            )
        except TelegramBadRequest as e:
            raise_if_the_group_refuses(e)
            if not is_unmodified(e.message):
                logger.warning("a link to review %d cannot be edited: %s", link.number, e.message)
        await self._store.edited(link, version)
        return True

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id, message_id)
        except TelegramAPIError as e:
            logger.error("line %d of chat %d shows an erased review: %s", message_id, chat_id, e)
