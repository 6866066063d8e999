"""Who wrote or tapped in the moderators' group, and what a reply there replies to."""

import asyncio
import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message

from bot.archive.card_places import CardPlaces
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import Direction
from bot.desk.moderators import Moderators
from bot.dialogue.reply_rules import Author, Target

logger = logging.getLogger(__name__)

# How often, and after how many seconds, an unknown message is looked up again.
MORE_LOOKS = 4
LOOK_AGAIN_S = 0.5


async def author_of(message: Message, moderators: Moderators) -> Author:
    """
    Return who wrote a message of the group.

    If Telegram does not answer, the reply waits for a tap, and the person who taps is checked.
    """
    if message.sender_chat is not None:
        is_group = message.sender_chat.id == message.chat.id
        return Author.ANONYMOUS_ADMIN if is_group else Author.CHANNEL
    if message.from_user is None:
        return Author.STRANGER
    try:
        known = await moderators.may(message.from_user.id)
    except TelegramAPIError as e:
        logger.warning("the membership of a person cannot be checked: %s", e)
        return Author.ANONYMOUS_ADMIN
    return Author.MEMBER if known else Author.STRANGER


async def target_of(
    message: Message, bot: Bot, dialogue: Dialogue, places: CardPlaces
) -> tuple[Target, int]:
    """
    Return what a message of the group replies to, and the number of the review or 0.

    A message that was just sent may not be stored yet, so an unknown one is looked up again.
    """
    found = await _target(message, bot, dialogue, places)
    for _ in range(MORE_LOOKS):
        if found[0] is not Target.UNKNOWN:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
        found = await _target(message, bot, dialogue, places)
    return found


async def _target(
    message: Message, bot: Bot, dialogue: Dialogue, places: CardPlaces
) -> tuple[Target, int]:
    replied = message.reply_to_message
    if replied is None or replied.message_id == message.message_thread_id:
        return Target.TALK, 0  # in a topic, every message replies to the one that opened it
    chat_id = message.chat.id
    known = await dialogue.in_group(chat_id, replied.message_id)
    if replied.from_user is None or replied.from_user.id != bot.id:
        return (Target.COLLEAGUE, known.number) if known else (Target.TALK, 0)
    if known is not None:
        is_answer = known.direction is Direction.IN
        return (Target.CASE if is_answer else Target.STATUS), known.number
    shown = await places.shown_in(chat_id, replied.message_id)
    if shown is None:
        return Target.UNKNOWN, 0
    return (Target.DIGEST, 0) if shown.digest else (Target.CASE, shown.numbers[0])
