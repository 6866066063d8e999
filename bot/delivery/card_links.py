"""Sends the lines that lead from other topics to a card; reads them from the archive."""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.archive.link_store import LinkStore
from bot.archive.reviews import Reviews
from bot.delivery.card_post import CardPost, raise_if_the_group_refuses
from bot.desk.desk_routes import DeskRoutes

logger = logging.getLogger(__name__)


class CardLinks:
    """Sends lines one by one, each at least once."""

    def __init__(
        self, bot: Bot, store: LinkStore, reviews: Reviews, routes: DeskRoutes, post: CardPost
    ) -> None:
        self._bot = bot
        self._store = store
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
        try:
            message = await self._post.link(link, review, await self._routes.classes(review))
        except TelegramBadRequest as e:
            raise_if_the_group_refuses(e)
            logger.warning("review %d has no link in a topic: %s", link.number, e.message)
            await self._store.drop(link)
            return
        if not await self._store.sent(link, message.message_id, message.message_thread_id):
            await self._delete(chat_id, message.message_id)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id, message_id)
        except TelegramAPIError as e:
            logger.error("line %d of chat %d shows an erased review: %s", message_id, chat_id, e)
