"""Who may use the moderators' commands: everyone who writes in the moderators' group."""

from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import Message

from bot.desk.moderators_group import ModeratorsGroup

GROUP_TYPES = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})


class FromModerators(Filter):
    """Passes the messages of the moderators' group."""

    def __init__(self, group: ModeratorsGroup) -> None:
        self._group = group

    async def __call__(self, message: Message) -> bool:
        """Return whether the message was written there."""
        if message.chat.type not in GROUP_TYPES:
            return False
        return message.chat.id == await self._group.chat_id()


def topic_of(message: Message) -> int | None:
    """Return the forum topic of a message; None for General, and for a thread of replies."""
    return message.message_thread_id if message.is_topic_message else None


def topic_name_of(message: Message) -> str | None:
    """Return the name of the message's topic; every message in a topic replies to its first one."""
    began = message.reply_to_message.forum_topic_created if message.reply_to_message else None
    return began.name if began and message.is_topic_message else None
