"""
The desk in a moderator's private chat: /r123 opens a card there, and a reply to it is sent.

This needs no writes to the group. The router comes before the customers' form. It leaves strangers'
messages, and those that do not reply to a message of the desk, to the form.
"""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import Message
from magic_filter import RegexpMode

from bot.desk.moderators import Moderators
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_rules import SEND_COMMAND
from bot.handlers import canned_answers, group_replies, moderation
from bot.handlers.moderation import CARD_COMMAND


class FromModerator(Filter):
    """Passes moderators' messages."""

    async def __call__(self, message: Message, moderators: Moderators) -> bool:
        """Return whether the sender is a member of the moderators' group."""
        return message.from_user is not None and await moderators.may(message.from_user.id)


class ToDesk(Filter):
    """Passes a reply to a card, or to a message about an earlier reply."""

    async def __call__(self, message: Message, reply_desk: ReplyDesk) -> bool:
        """Return whether the message replies to one of the desk in this chat."""
        replied = message.reply_to_message
        if replied is None:
            return False
        where = (message.chat.id, replied.message_id)
        shown = await reply_desk.places.shown_in(*where)
        return shown is not None or await reply_desk.dialogue.in_group(*where) is not None


class OwnReply(Filter):
    """Passes the edit of a reply that the bot has accepted."""

    async def __call__(self, message: Message, reply_desk: ReplyDesk) -> bool:
        """Return whether the edited message is known."""
        return await reply_desk.dialogue.in_group(message.chat.id, message.message_id) is not None


def create_router() -> Router:
    """Return the router of moderators' private chats."""
    router = Router(name="private desk")
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    router.edited_message.filter(F.chat.type == ChatType.PRIVATE)
    card = F.text.regexp(CARD_COMMAND).as_("command")
    canned = F.text.regexp(SEND_COMMAND, mode=RegexpMode.FULLMATCH).as_("wanted")
    router.message.register(moderation.open_card, card, FromModerator())
    router.message.register(canned_answers.send, canned, FromModerator())
    router.message.register(group_replies.reply, ToDesk(), FromModerator())
    router.edited_message.register(group_replies.edited, OwnReply(), FromModerator())
    return router
