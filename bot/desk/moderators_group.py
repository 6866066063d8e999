"""Which chat is the moderators' group: set by the operator, or connected from within Telegram."""

import logging
import time
from dataclasses import replace

from bot.archive.groups import GroupPlace, Groups, TopicRefusal, effective_place
from bot.clock import now_ms

logger = logging.getLogger(__name__)

# While Telegram refuses the topic, cards go to General; one card in this time tries the topic.
TRY_TOPIC_EVERY_S = 300.0


class ModeratorsGroup:
    """The group and its topic. The id changes when Telegram turns the group into a supergroup."""

    def __init__(self, groups: Groups, chat_id: int | None) -> None:
        """`chat_id` is the operator's setting; without it the group is read from the archive."""
        self._groups = groups
        self._is_set = chat_id is not None
        self._chat_id = chat_id
        self._try_topic_at_s = 0.0

    async def chat_id(self) -> int | None:
        """
        Return the chat id, None if there is no group yet.

        The archive is read each time: another replica may have connected or moved the group.
        """
        if self._is_set:
            return self._chat_id
        place = await self._groups.moderators()
        return None if place is None else place.chat_id

    async def place(self) -> GroupPlace | None:
        """Return the group and its topic; a group from the setting has its stored topic."""
        return effective_place(await self._groups.moderators(), self._chat_id)

    async def card_place(self) -> GroupPlace | None:
        """Return where the next card goes: General while Telegram refuses the topic."""
        place = await self.place()
        if place is None or place.refusal is None:
            return place
        if time.monotonic() >= self._try_topic_at_s:
            self._try_topic_at_s = time.monotonic() + TRY_TOPIC_EVERY_S
            return place
        return replace(place, thread_id=None)

    async def use_topic(self, thread_id: int | None, topic_name: str | None = None) -> None:
        """
        Send cards to this topic of the group from now on; there must be a group.

        If its name is given, a deleted topic is created again, once.
        """
        chat_id = await self.chat_id()
        assert chat_id is not None, "a topic is chosen in the connected group"
        if not await self._groups.use_topic(chat_id, thread_id, topic_name):
            if await self._groups.connect(chat_id, now_ms(), thread_id, topic_name):
                return
            # A setting takes precedence over the group that is stored.
            stored = await self._groups.moderators()
            if stored is not None and await self._groups.moved(stored.chat_id, chat_id):
                await self._groups.use_topic(chat_id, thread_id, topic_name)

    async def refuse_topic(self, chat_id: int, thread_id: int, refusal: TopicRefusal) -> bool:
        """Store that Telegram refuses a topic; return True once, for the topic of the cards."""
        is_news = await self._groups.refuse_topic(chat_id, thread_id, refusal)
        if is_news:
            self._try_topic_at_s = time.monotonic() + TRY_TOPIC_EVERY_S
        return is_news

    async def accept_topic(self, chat_id: int, thread_id: int) -> None:
        """Store that Telegram accepted a message to a topic."""
        place = await self.place()
        if place is not None and place.refusal is not None:
            await self._groups.accept_topic(chat_id, thread_id)

    async def topic_name(self, chat_id: int, thread_id: int) -> str | None:
        """Return the name of the topic of the cards; None if it must not be created again."""
        return await self._groups.topic_name(chat_id, thread_id)

    async def topic_renamed(self, chat_id: int, thread_id: int, name: str) -> None:
        """Store the new name of a topic."""
        await self._groups.rename_topic(chat_id, thread_id, name)

    async def move(self, chat_id: int, new_chat_id: int) -> None:
        """Use the new supergroup instead of the group, if that is the moderators' group."""
        if self._is_set and chat_id == self._chat_id:
            logger.warning("set MODERATORS_CHAT_ID to %d: the group changed its id", new_chat_id)
            self._chat_id = new_chat_id
        if await self._groups.moved(chat_id, new_chat_id):
            logger.info("the moderators' group %d has become %d", chat_id, new_chat_id)
