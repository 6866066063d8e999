"""How a group becomes the moderators' group: the bot is added, whoever runs it gives the code."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter, Command, CommandObject
from aiogram.types import ChatMemberUpdated, Message

from bot.archive.groups import Groups
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.moderators_group import ModeratorsGroup
from bot.rate_limit import Throttle
from bot.telegram.connect_code import is_code
from bot.telegram.group_rights import find_obstacle
from bot.telegram.profile import publish_group_menu
from bot.texts import Say, Texts

# How often a group may try a code in a minute: enough for a person, too slow for guessing it.
TRIES_A_MINUTE = 5

# An answer to /chatid is enough for everybody who asked just now.
PAUSE_S = 3


def create_router() -> Router:
    """Return the router of what may be asked in any group."""
    router = Router(name="group")
    router.message.filter(F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    router.my_chat_member.filter(F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    router.my_chat_member.register(added, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    router.message.register(tell_id, Command("chatid"))
    router.message.register(connect, Command("connect"))
    return router


async def added(
    event: ChatMemberUpdated, bot: Bot, group: ModeratorsGroup, moderators_say: Say
) -> None:
    """Say how the group is connected, where it may become the one."""
    if await group.chat_id() is None:
        name = (await bot.me()).username or ""
        await bot.send_message(event.chat.id, moderators_say("group-hello", bot=name))


async def tell_id(message: Message, throttle: Throttle, moderators_say: Say) -> None:
    """Tell the id, for whoever would rather write it into the settings."""
    if await throttle.first(f"chatid:{message.chat.id}", window_s=PAUSE_S):
        await message.reply(moderators_say("group-id", id=str(message.chat.id)))


async def connect(
    message: Message,
    command: CommandObject,
    bot: Bot,
    card_sender: CardSender,
    group: ModeratorsGroup,
    groups: Groups,
    throttle: Throttle,
    texts: Texts,
    moderators_say: Say,
) -> None:
    """Make this the moderators' group, for the right code and where there is none yet."""
    chat_id, known = message.chat.id, await group.chat_id()
    wait_s = await throttle.wait_s(f"connect:{chat_id}", limit=TRIES_A_MINUTE, window_s=60)
    if wait_s:
        await message.reply(moderators_say("too-many-taps", wait=wait_s))
    elif known == chat_id:
        await message.reply(moderators_say("group-connected-before"))
    elif not is_code(command.args or "", bot.token):
        await message.reply(moderators_say("group-wrong-code"))
    elif known is None and await groups.connect(chat_id, now_ms()):
        card_sender.wake()
        await publish_group_menu(bot, texts, chat_id)
        obstacle = await find_obstacle(bot, chat_id)
        await message.reply(moderators_say(obstacle or "group-connected"))
    else:
        await message.reply(moderators_say("group-taken"))
