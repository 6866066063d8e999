"""Checks the bot's rights in the moderators' group; names the missing one."""

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
    """Why the bot cannot send cards; the values are message keys of the locale files."""

    UNKNOWN = "obstacle-unknown"
    NO_GROUP = "obstacle-no-group"
    OUTSIDE = "obstacle-outside"
    NO_MESSAGES = "obstacle-no-messages"
    NO_PHOTOS = "obstacle-no-photos"


# The rights that a card needs, as named by ChatPermissions
# (https://core.telegram.org/bots/api#chatpermissions) and ChatMemberRestricted.
_NEEDED = {"can_send_messages": Obstacle.NO_MESSAGES, "can_send_photos": Obstacle.NO_PHOTOS}


def obstacle_in(chat: ChatFullInfo, me: ResultChatMemberUnion) -> Obstacle | None:
    """Return why the bot, which is `me`, cannot send cards to `chat`, None if it can."""
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
    """Return why the bot cannot send cards to the group, None if no reason is known."""
    try:
        return obstacle_in(await bot.get_chat(chat_id), await bot.get_chat_member(chat_id, bot.id))
    except TelegramForbiddenError:
        return Obstacle.OUTSIDE
    except TelegramBadRequest:
        return Obstacle.UNKNOWN
    except TelegramAPIError:  # the group's id changed or Telegram is down: CardSender handles both
        return None
