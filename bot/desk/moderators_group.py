"""Which chat is the moderators' group: set by the operator, or connected from within Telegram."""

import logging

from bot.archive.groups import Groups

logger = logging.getLogger(__name__)


class ModeratorsGroup:
    """The chat id of the group. It changes when Telegram turns the group into a supergroup."""

    def __init__(self, groups: Groups, chat_id: int | None) -> None:
        """`chat_id` is the operator's setting; without one the archive knows the group."""
        self._groups = groups
        self._is_set = chat_id is not None
        self._chat_id = chat_id

    async def chat_id(self) -> int | None:
        """
        Return the chat id, None if there is no group yet.

        The archive is asked each time: another replica may have connected or moved the group.
        """
        return self._chat_id if self._is_set else await self._groups.moderators()

    async def move(self, new_chat_id: int) -> None:
        """Continue in the supergroup that the group has become."""
        if self._is_set:
            logger.warning("set MODERATORS_CHAT_ID to %d: the group has moved", new_chat_id)
            self._chat_id = new_chat_id
        elif (chat_id := await self._groups.moderators()) is not None:
            await self._groups.moved(chat_id, new_chat_id)
