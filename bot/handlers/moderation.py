"""The command /rN, with which moderators open a card."""

import re

from aiogram import F, Router
from aiogram.types import Message

from bot.archive.groups import GroupPlace
from bot.archive.reviews import Reviews
from bot.delivery.card_sender import CardSender
from bot.desk.access import topic_of
from bot.texts import Say

# /r123, also addressed as /r123@TheBot
CARD_COMMAND = re.compile(r"^/r(\d{1,18})(@\w+)?$")


def create_router() -> Router:
    """Return the router of the moderators' group."""
    router = Router(name="moderation")
    router.message.register(open_card, F.text.regexp(CARD_COMMAND).as_("command"))
    return router


async def open_card(
    message: Message,
    command: re.Match[str],
    reviews: Reviews,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Show the card of a review that a digest listed."""
    number = int(command[1])
    review = await reviews.by_number(number)
    if review is None:
        await message.reply(moderators_say("card-unknown", number=str(number)))
        return
    if review.is_expired:
        await message.reply(moderators_say("card-expired", number=str(number)))
        return
    await card_sender.show(review, GroupPlace(message.chat.id, topic_of(message)))
