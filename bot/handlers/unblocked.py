"""Sends the messages that a person missed while they had blocked the bot."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter
from aiogram.types import ChatMemberUpdated

from bot.archive.reviews import Reviews
from bot.delivery.answers import AnswerSender


def create_router() -> Router:
    """Return the router of private chats in which the bot may write again."""
    router = Router(name="unblocked")
    router.my_chat_member.filter(F.chat.type == ChatType.PRIVATE)
    router.my_chat_member.register(unblocked, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    return router


async def unblocked(event: ChatMemberUpdated, reviews: Reviews, answers: AnswerSender) -> None:
    """Replace sent forms, whose buttons no longer work, with receipts and answers."""
    for review in await reviews.take_up(event.chat.id):
        if review.answer is None:
            await answers.delay(review.number)
        else:
            await answers.answer(review.number)
