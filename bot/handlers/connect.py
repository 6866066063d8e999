"""Connects the moderators' group: the bot is added, then the operator sends the code."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter, Command, CommandObject
from aiogram.types import ChatMemberUpdated, Message

from bot.archive.groups import GroupPlace, Groups
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.access import topic_name_of, topic_of
from bot.desk.moderators_group import ModeratorsGroup
from bot.rate_limit import Throttle
from bot.telegram.connect_code import is_code
from bot.telegram.group_rights import find_obstacle
from bot.telegram.profile import publish_group_menu
from bot.texts import Say, Texts

# How often a group may try a code in a minute: enough for a person, too slow for guessing it.
TRIES_A_MINUTE = 5

# One answer to /chatid serves everybody who asked within this time.
PAUSE_S = 60


def create_router() -> Router:
    """Return the router of commands that work in any group."""
    router = Router(name="group")
    router.message.filter(F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    router.my_chat_member.filter(F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    router.my_chat_member.register(added, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    router.message.register(follow, F.migrate_to_chat_id)
    router.message.register(tell_id, Command("chatid"))
    router.message.register(connect, Command("connect"))
    return router


async def added(
    event: ChatMemberUpdated, bot: Bot, group: ModeratorsGroup, moderators_say: Say
) -> None:
    """Say how to connect the group, if no group is connected yet."""
    if await group.chat_id() is None:
        name = (await bot.me()).username or ""
        await bot.send_message(event.chat.id, moderators_say("group-hello", bot=name))


async def tell_id(message: Message, throttle: Throttle, moderators_say: Say) -> None:
    """Send the group's id, for the setting MODERATORS_CHAT_ID."""
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
    """
    Make this the moderators' group, if the code is right and no group is connected yet.

    In the connected group it chooses the topic of the cards, which needs no code: every member
    sees all topics.
    """
    chat_id, thread_id, known = message.chat.id, topic_of(message), await group.place()
    wait_s = await throttle.wait_s(f"connect:{chat_id}", limit=TRIES_A_MINUTE, window_s=60)
    if wait_s:
        # Anyone can try codes in their own group: further tries in this minute get no answer.
        if await throttle.first(f"connect-notice:{chat_id}", window_s=60):
            await message.reply(moderators_say("too-many-taps", wait=wait_s))
    elif known == GroupPlace(chat_id, thread_id):
        await message.reply(moderators_say("group-connected-before"))
    elif known is not None and known.chat_id == chat_id:
        await group.use_topic(thread_id, topic_name_of(message))
        await _welcome(message, bot, card_sender, moderators_say)
    elif not is_code(command.args or "", bot.token):
        await message.reply(moderators_say("group-wrong-code"))
    elif known is None and await groups.connect(
        chat_id, now_ms(), thread_id, topic_name_of(message)
    ):
        await publish_group_menu(bot, texts, chat_id)
        await _welcome(message, bot, card_sender, moderators_say)
    else:
        await message.reply(moderators_say("group-taken"))


async def _welcome(message: Message, bot: Bot, card_sender: CardSender, say: Say) -> None:
    """Send the cards that wait, and say whether the bot may write here."""
    card_sender.wake()
    obstacle = await find_obstacle(bot, message.chat.id)
    await message.reply(say(obstacle or "group-connected"))


async def follow(message: Message, group: ModeratorsGroup) -> None:
    """Continue in the supergroup that this group becomes."""
    assert message.migrate_to_chat_id is not None, "the filter passes no other message"
    await group.move(message.chat.id, message.migrate_to_chat_id)
