"""Whether the bot may do in the moderators' group what it needs to; names what is missing."""

from enum import StrEnum

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    ChatFullInfo,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberRestricted,
    ResultChatMemberUnion,
)


class Obstacle(StrEnum):
    """What keeps the bot from showing cards; the values are messages of the locale files."""

    UNKNOWN = "obstacle-unknown"
    NO_GROUP = "obstacle-no-group"
    OUTSIDE = "obstacle-outside"
    NO_MESSAGES = "obstacle-no-messages"
    NO_PHOTOS = "obstacle-no-photos"


# As ChatPermissions (https://core.telegram.org/bots/api#chatpermissions) and ChatMemberRestricted
# call what a card takes.
_NEEDED = {"can_send_messages": Obstacle.NO_MESSAGES, "can_send_photos": Obstacle.NO_PHOTOS}


def obstacle_in(chat: ChatFullInfo, me: ResultChatMemberUnion) -> Obstacle | None:
    """Return what keeps the bot, which is `me`, from showing cards in `chat`."""
    if chat.type not in {ChatType.GROUP, ChatType.SUPERGROUP}:
        return Obstacle.NO_GROUP
    outside = isinstance(me, ChatMemberRestricted) and not me.is_member
    if outside or isinstance(me, ChatMemberLeft | ChatMemberBanned):
        return Obstacle.OUTSIDE
    # An administrator may always write.
    granted = chat.permissions if isinstance(me, ChatMemberMember) else me
    lacking = (found for right, found in _NEEDED.items() if getattr(granted, right, None) is False)
    return next(lacking, None)


async def find_obstacle(bot: Bot, chat_id: int) -> Obstacle | None:
    """Return what keeps the bot from showing cards in the group, None where nothing is known to."""
    try:
        return obstacle_in(await bot.get_chat(chat_id), await bot.get_chat_member(chat_id, bot.id))
    except TelegramForbiddenError:
        return Obstacle.OUTSIDE
    except TelegramBadRequest:
        return Obstacle.UNKNOWN
    except TelegramAPIError:  # a group that has moved, or a Telegram that is down: the desk copes
        return None
