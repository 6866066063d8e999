"""
What happens to messages for a forum topic that Telegram refuses.

A deleted topic is created again once, with its name, and its routes and links lead to the new one.
If that is impossible, or the topic is closed, messages go to the topic of the group's cards, and
the moderators are informed once.
"""

import asyncio
import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from bot.archive.groups import TopicRefusal, topic_problem
from bot.archive.route_store import RouteStore
from bot.clock import now_ms
from bot.desk.moderators_group import ModeratorsGroup
from bot.texts import Say

logger = logging.getLogger(__name__)


class LostTopics:
    """Finds another place for messages that a topic refuses."""

    def __init__(self, group: ModeratorsGroup, routes: RouteStore, say: Say) -> None:
        """`say` has the language of the moderators."""
        self._group = group
        self._routes = routes
        self._say = say
        self._creating = asyncio.Lock()
        self._created: dict[tuple[int, int], int] = {}

    async def instead_of(
        self, bot: Bot, chat_id: int, thread_id: int, refusal: TopicRefusal
    ) -> int | None:
        """Return the topic for the message instead, None for General."""
        routes = await self._routes.to_topic(chat_id, thread_id)
        if refusal is TopicRefusal.DELETED:
            async with self._creating:  # two messages for one topic must not create two
                created = await self._created_again(bot, chat_id, thread_id)
            if created is not None:
                return created
        place = await self._group.place()
        if not routes or place is None or place.refusal is not None:
            return None
        return place.thread_id if place.thread_id != thread_id else None

    async def name(self, bot: Bot, chat_id: int, thread_id: int, refusal: TopicRefusal) -> None:
        """Inform the moderators once that a topic is refused."""
        routes = await self._routes.to_topic(chat_id, thread_id)
        if await self._routes.refuse(chat_id, thread_id, refusal, now_ms()):
            logger.warning("moderators' group %d: a topic of a route is %s", chat_id, refusal)
            await self._tell(
                bot, chat_id, self._say(f"routed-topic-{refusal}", topic=routes[0].name)
            )
        if await self._group.refuse_topic(chat_id, thread_id, refusal):
            logger.warning("moderators' group %d: %s", chat_id, topic_problem(refusal))
            await self._tell(bot, chat_id, self._say(f"topic-{refusal}"))

    async def accept(self, chat_id: int, thread_id: int) -> None:
        """Store that a topic accepts messages."""
        if any(r.refusal for r in await self._routes.to_topic(chat_id, thread_id)):
            await self._routes.accept(chat_id, thread_id)
        await self._group.accept_topic(chat_id, thread_id)

    async def _created_again(self, bot: Bot, chat_id: int, thread_id: int) -> int | None:
        """Return the new topic; None if it was deleted too, or Telegram does not allow it."""
        if (chat_id, thread_id) in self._created:
            return self._created[chat_id, thread_id]
        routes = await self._routes.to_topic(chat_id, thread_id)
        of_cards = await self._group.topic_name(chat_id, thread_id)
        names = [of_cards, *(route.name for route in routes if not route.recreated)]
        name = next(filter(None, names), None)
        if name is None:
            return None
        try:
            topic = await bot.create_forum_topic(chat_id, name)
        except TelegramAPIError as e:
            logger.warning("a deleted topic could not be created again: %s", e)
            return None
        created = self._created[chat_id, thread_id] = topic.message_thread_id
        await self._routes.recreated(chat_id, thread_id, created)
        if of_cards:
            await self._group.use_topic(created)
        logger.info("topic %d of group %d was deleted; it is %d now", thread_id, chat_id, created)
        return created

    async def _tell(self, bot: Bot, chat_id: int, words: str) -> None:
        try:
            await bot.send_message(chat_id, words)
        except TelegramAPIError as e:
            logger.warning("the moderators could not be informed about a topic: %s", e)
