"""
Moderators' commands that are answered in their private chat: /unsure, /find, /classes, /mine.

They may be sent there or in the moderators' group. The sender's rights are checked each time. A
stranger's command is left to the customers' handlers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiogram import Bot, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import Command, CommandObject, Filter
from aiogram.types import Message

from bot.desk.moderators import Moderators, Rights
from bot.desk.moderators_group import ModeratorsGroup
from bot.form.validation import clipped
from bot.private_desk.list_message import ListMessages
from bot.private_desk.list_pages import ListPages
from bot.private_desk.review_queue import ReviewQueue
from bot.private_desk.word_search import QUERY_LENGTH, WordQuery
from bot.telegram.lanes import SHARED_ACCOUNTS
from bot.telegram.moderator_menus import ModeratorMenus
from bot.telegram_errors import is_no_chat
from bot.texts import Say


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A command of a moderator, and how it is answered; an anonymous admin has no rights."""

    message: Message
    rights: Rights
    bot: Bot
    menus: ModeratorMenus
    say: Say

    @asynccontextmanager
    async def in_private(self) -> AsyncIterator[int | None]:
        """
        Yield the id of the private chat to answer in; None for an anonymous admin, after a notice.

        If the bot may not write there, a message in the group explains how to allow it.
        """
        user = self.message.from_user
        if self.rights < Rights.MODERATOR or user is None:
            await self._reply("desk-anonymous")
            yield None
            return
        try:
            yield user.id
        except (TelegramForbiddenError, TelegramBadRequest) as e:
            if self.message.chat.type == ChatType.PRIVATE or not _is_closed(e):
                raise
            await self._reply("desk-start-first")
            return
        await self.menus.show_to(user.id)

    async def tell(self, user_id: int, key: str) -> None:
        """Send the words of a locale key to the private chat."""
        await self.bot.send_message(user_id, self.say(key))

    async def _reply(self, key: str) -> None:
        link = f"https://t.me/{(await self.bot.me()).username}"
        await self.message.reply(self.say(key, link=link))


class FromDesk(Filter):
    """Passes moderators' messages in the moderators' group or in their private chat."""

    async def __call__(
        self,
        message: Message,
        bot: Bot,
        moderators: Moderators,
        group: ModeratorsGroup,
        menus: ModeratorMenus,
        moderators_say: Say,
    ) -> bool | dict[str, DeskCommand]:
        """Return the command, for handlers that ask for `asked`."""
        rights = await _rights(message, moderators, group)
        if rights is None:
            return False
        return {"asked": DeskCommand(message, rights, bot, menus, moderators_say)}


async def _rights(
    message: Message, moderators: Moderators, group: ModeratorsGroup
) -> Rights | None:
    """Return the writer's rights, those of an anonymous admin too; None for everybody else."""
    if message.from_user is None:
        return None
    is_private = message.chat.type == ChatType.PRIVATE
    if not is_private and message.chat.id != await group.chat_id():
        return None
    if message.from_user.id in SHARED_ACCOUNTS:
        return Rights.NONE
    if not await moderators.may(message.from_user.id):
        return None
    is_lead = await moderators.may(message.from_user.id, Rights.LEAD)
    return Rights.LEAD if is_lead else Rights.MODERATOR


def create_router() -> Router:
    """Return the router of these commands; it comes before those of customers."""
    router = Router(name="desk_commands")
    # The command is checked first: Telegram is asked only about people who send one of these.
    router.message.filter(Command("unsure", "find", "classes", "mine"), FromDesk())
    router.message.register(unsure, Command("unsure"))
    router.message.register(find, Command("find"))
    router.message.register(classes, Command("classes"))
    router.message.register(mine, Command("mine"))
    return router


async def unsure(_: Message, asked: DeskCommand, review_queue: ReviewQueue) -> None:
    """Start with the reviews that need a person most."""
    async with asked.in_private() as user_id:
        if user_id is not None:
            await review_queue.start(user_id)


async def find(
    _: Message,
    command: CommandObject,
    asked: DeskCommand,
    list_pages: ListPages,
    lists: ListMessages,
) -> None:
    """List the reviews with these words."""
    words = clipped(" ".join((command.args or "").split()), QUERY_LENGTH)
    async with asked.in_private() as user_id:
        if user_id is not None and WordQuery.parse(words).words:
            await lists.send(user_id, await list_pages.found(words))
        elif user_id is not None:
            await asked.tell(user_id, "find-help")


async def classes(
    _: Message, asked: DeskCommand, list_pages: ListPages, lists: ListMessages
) -> None:
    """List the classes of the last days, each with its count."""
    async with asked.in_private() as user_id:
        if user_id is not None:
            await lists.send(user_id, await list_pages.classes())


async def mine(_: Message, asked: DeskCommand, list_pages: ListPages, lists: ListMessages) -> None:
    """List the cases of the moderator."""
    async with asked.in_private() as user_id:
        if user_id is not None:
            await lists.send(user_id, await list_pages.mine(user_id))


def _is_closed(error: TelegramForbiddenError | TelegramBadRequest) -> bool:
    return isinstance(error, TelegramForbiddenError) or is_no_chat(error.message)
