"""
Who may act at the desk: members of the moderators' group are moderators, its administrators leads.

Each person is looked up in Telegram, and the result is cached for a short time. Names are not
stored.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    CallbackQuery,
    ChatMemberAdministrator,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    Message,
    ResultChatMemberUnion,
)

from bot.desk.moderators_group import ModeratorsGroup

# A person who leaves the group can act for this long; each active moderator costs one call in it.
CACHE_S = 60.0

# A refused person is looked up again after this time: they may just have become an admin.
REFUSED_CACHE_S = 5.0

# A group has fewer moderators; the others are strangers who try.
MAX_KNOWN = 1_000


class Rights(IntEnum):
    """What a person may do; each value includes the rights of the earlier ones."""

    NONE = 0
    MODERATOR = 1
    LEAD = 2


@dataclass(frozen=True, slots=True)
class _Known:
    rights: Rights
    name: str
    asked_s: float


class Moderators:
    """Looks up rights and names of members of the group."""

    def __init__(
        self, bot: Bot, group: ModeratorsGroup, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bot = bot
        self._group = group
        self._clock = clock
        self._known: dict[tuple[int, int], _Known] = {}

    async def may(self, user_id: int, wanted: Rights = Rights.MODERATOR) -> bool:
        """Return whether the person has these rights. Raises TelegramAPIError."""
        chat_id = await self._group.chat_id()
        if chat_id is None:
            return False
        known = await self._look_up(chat_id, user_id)
        if known.rights < wanted:
            known = await self._look_up(chat_id, user_id, kept_s=REFUSED_CACHE_S)
        return known.rights >= wanted

    async def may_tap(self, query: CallbackQuery) -> bool:
        """
        Return whether a moderator tapped in the group, or in their own private chat.

        Raises TelegramAPIError.
        """
        where = query.message.chat.id if query.message else None
        desk = (await self._group.chat_id(), query.from_user.id)
        return where in desk and await self.may(query.from_user.id)

    async def wrote_as(self, message: Message, wanted: Rights) -> bool:
        """
        Return whether a message of the group was written with these rights.

        An anonymous admin writes in the name of the group, and is a lead. Raises TelegramAPIError.
        """
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat.id
        return message.from_user is not None and await self.may(message.from_user.id, wanted)

    async def name(self, user_id: int) -> str | None:
        """Return the person's first name, None if it is unknown."""
        chat_id = await self._group.chat_id()
        if chat_id is None:
            return None
        try:
            return (await self._look_up(chat_id, user_id)).name or None
        except TelegramAPIError:
            return None

    async def _look_up(self, chat_id: int, user_id: int, kept_s: float = CACHE_S) -> _Known:
        known = self._known.get((chat_id, user_id))
        if known is None or known.asked_s + kept_s <= self._clock():
            known = await self._asked(chat_id, user_id)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[chat_id, user_id] = known
        return known

    async def _asked(self, chat_id: int, user_id: int) -> _Known:
        asked_s = self._clock()
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except (TelegramBadRequest, TelegramForbiddenError):  # unknown to Telegram, or no group
            return _Known(Rights.NONE, "", asked_s)
        return _Known(rights_of(member), member.user.first_name, asked_s)


def rights_of(member: ResultChatMemberUnion) -> Rights:
    """Return what a member of the group may do."""
    if isinstance(member, ChatMemberOwner | ChatMemberAdministrator):
        return Rights.LEAD
    inside = isinstance(member, ChatMemberRestricted) and member.is_member
    return Rights.MODERATOR if inside or isinstance(member, ChatMemberMember) else Rights.NONE
