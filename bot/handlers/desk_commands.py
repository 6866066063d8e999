"""
Moderators' commands that are answered in their private chat: /unsure, /find, /classes, /mine.

They may be sent there or in the moderators' group, and who sends them is looked up each time. A
stranger's command is left to the customers' handlers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
from bot.texts import Say


class FromDesk(Filter):
    """Passes what a moderator writes in the moderators' group or in their private chat."""

    async def __call__(
        self, message: Message, moderators: Moderators, group: ModeratorsGroup
    ) -> bool | dict[str, Rights]:
        """Return the writer's rights; an anonymous admin has none."""
        if message.from_user is None:
            return False
        is_private = message.chat.type == ChatType.PRIVATE
        if not is_private and message.chat.id != await group.chat_id():
            return False
        if message.from_user.id in SHARED_ACCOUNTS:
            return {"rights": Rights.NONE}
        if not await moderators.may(message.from_user.id):
            return False
        is_lead = await moderators.may(message.from_user.id, Rights.LEAD)
        return {"rights": Rights.LEAD if is_lead else Rights.MODERATOR}


def create_router() -> Router:
    """Return the router of these commands; it comes before those of customers."""
    router = Router(name="desk_commands")
    # The command first: Telegram is asked about nobody who writes anything else.
    router.message.filter(Command("unsure", "find", "classes", "mine"), FromDesk())
    router.message.register(unsure, Command("unsure"))
    router.message.register(find, Command("find"))
    router.message.register(classes, Command("classes"))
    router.message.register(mine, Command("mine"))
    return router


async def unsure(
    message: Message,
    rights: Rights,
    bot: Bot,
    review_queue: ReviewQueue,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """Begin with the reviews that need a person most."""
    async with in_private(message, rights, bot, menus, moderators_say) as user_id:
        if user_id is not None:
            await review_queue.start(user_id)


async def find(
    message: Message,
    command: CommandObject,
    rights: Rights,
    bot: Bot,
    list_pages: ListPages,
    lists: ListMessages,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """List the reviews with these words."""
    words = clipped(" ".join((command.args or "").split()), QUERY_LENGTH)
    async with in_private(message, rights, bot, menus, moderators_say) as user_id:
        if user_id is not None and WordQuery.parse(words).words:
            await lists.send(user_id, await list_pages.found(words))
        elif user_id is not None:
            await bot.send_message(user_id, moderators_say("find-help"))


async def classes(
    message: Message,
    rights: Rights,
    bot: Bot,
    list_pages: ListPages,
    lists: ListMessages,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """List the classes of the last days, each with its count."""
    async with in_private(message, rights, bot, menus, moderators_say) as user_id:
        if user_id is not None:
            await lists.send(user_id, await list_pages.classes())


async def mine(
    message: Message,
    rights: Rights,
    bot: Bot,
    list_pages: ListPages,
    lists: ListMessages,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """List the cases of the moderator."""
    async with in_private(message, rights, bot, menus, moderators_say) as user_id:
        if user_id is not None:
            await lists.send(user_id, await list_pages.mine(user_id))


@asynccontextmanager
async def in_private(
    message: Message, rights: Rights, bot: Bot, menus: ModeratorMenus, say: Say
) -> AsyncIterator[int | None]:
    """
    Yield the id of the private chat to answer in; None for an anonymous admin, who is told.

    If the bot may not write there, the group is told how to allow it.
    """
    user = message.from_user
    is_private = message.chat.type == ChatType.PRIVATE
    if rights < Rights.MODERATOR or user is None:
        await message.reply(say("desk-anonymous", link=await _link(bot)))
        yield None
        return
    try:
        yield user.id
    except (TelegramForbiddenError, TelegramBadRequest) as e:
        if is_private or not _is_closed(e):
            raise
        await message.reply(say("desk-start-first", link=await _link(bot)))
        return
    await menus.show_to(user.id)


def _is_closed(error: TelegramForbiddenError | TelegramBadRequest) -> bool:
    return isinstance(error, TelegramForbiddenError) or "chat not found" in error.message


async def _link(bot: Bot) -> str:
    return f"https://t.me/{(await bot.me()).username}"
