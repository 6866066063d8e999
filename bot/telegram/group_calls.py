"""
Calls to a group whose address has changed: it became a supergroup, or its topic is gone.

A call that only names the chat is made again at the new address. One that names a message is not:
the messages of the old group keep their ids there and cannot be reached from the supergroup
(https://core.telegram.org/bots/api#responseparameters).
"""

import logging
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramMigrateToChat
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message

from bot.archive.groups import TopicRefusal, topic_problem
from bot.desk.moderators_group import ModeratorsGroup
from bot.texts import Say

logger = logging.getLogger(__name__)

# What Telegram says of a topic that takes no messages.
_REFUSALS = {
    "TOPIC_CLOSED": TopicRefusal.CLOSED,
    "TOPIC_DELETED": TopicRefusal.DELETED,
    "TOPIC_ID_INVALID": TopicRefusal.DELETED,
    "message thread not found": TopicRefusal.DELETED,
}


def topic_refusal(words: str) -> TopicRefusal | None:
    """Return why Telegram refuses a topic, None if `words`, its own, are about something else."""
    return next((refusal for part, refusal in _REFUSALS.items() if part in words), None)


class GroupCalls(BaseRequestMiddleware):
    """Makes calls again in the supergroup, or in General; the first middleware of the session."""

    def __init__(self, group: ModeratorsGroup, say: Say) -> None:
        """`say` has the language of the moderators."""
        self._group = group
        self._say = say

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the call; raises TelegramMigrateToChat if it names a message of the old group."""
        try:
            response = await make_request(bot, method)
        except TelegramMigrateToChat as e:
            await self._group.move(_chat_id(method), e.migrate_to_chat_id)
            if _names_a_message(method):
                raise
            return await self(make_request, bot, _in_chat(method, e.migrate_to_chat_id))
        except TelegramBadRequest as e:
            refusal = topic_refusal(e.message)
            if refusal is None or _thread_id(method) is None:
                raise
            response = await self(make_request, bot, _in_general(method))
            await self._refused(bot, method, refusal)
            return response
        if isinstance(response, Message):
            await self._sent(bot, method, response)
        return response

    async def _sent(self, bot: Bot, method: TelegramMethod[Any], message: Message) -> None:
        """Compare the topic of a sent message with the one that was asked for."""
        thread_id = _thread_id(method)
        if thread_id is None:
            return
        if message.message_thread_id == thread_id:
            await self._group.accept_topic(_chat_id(method), thread_id)
        else:  # Telegram itself sends to General what is for a deleted topic
            await self._refused(bot, method, TopicRefusal.DELETED)

    async def _refused(self, bot: Bot, method: TelegramMethod[Any], refusal: TopicRefusal) -> None:
        """Tell the moderators once that cards do not go to their topic."""
        chat_id, thread_id = _chat_id(method), _thread_id(method)
        assert thread_id is not None, "the call named a topic"
        if not await self._group.refuse_topic(chat_id, thread_id, refusal):
            return
        logger.warning("moderators' group %d: %s", chat_id, topic_problem(refusal))
        try:
            await bot.send_message(chat_id, self._say(f"topic-{refusal}"))
        except TelegramAPIError as e:
            logger.warning("the moderators are not told about their topic: %s", e)


def _chat_id(method: TelegramMethod[Any]) -> int:
    """Return the chat of a call that names one by its id; 0 for other calls."""
    where: Any = getattr(method, "scope", method)  # a menu's scope names the chat
    chat_id = getattr(where, "chat_id", 0)
    return chat_id if isinstance(chat_id, int) else 0


def _thread_id(method: TelegramMethod[Any]) -> int | None:
    found: int | None = getattr(method, "message_thread_id", None)
    return found


def _names_a_message(method: TelegramMethod[Any]) -> bool:
    return any(getattr(method, name, None) is not None for name in ("message_id", "message_ids"))


def _in_chat(method: TelegramMethod[TelegramType], chat_id: int) -> TelegramMethod[TelegramType]:
    """Return the call for another chat, in which the message that it replies to is missing."""
    scope: Any = getattr(method, "scope", None)
    if scope is not None:
        return method.model_copy(update={"scope": scope.model_copy(update={"chat_id": chat_id})})
    return _in_general(method.model_copy(update={"chat_id": chat_id}))


def _in_general(method: TelegramMethod[TelegramType]) -> TelegramMethod[TelegramType]:
    """Return the call without its topic; a reply would lead back there."""
    lost = {"message_thread_id", "reply_parameters"} & type(method).model_fields.keys()
    return method.model_copy(update=dict.fromkeys(lost))
