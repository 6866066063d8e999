"""
Calls to a group whose address has changed: it became a supergroup, or a topic was deleted.

A call that only names the chat is repeated at the new address. A call that names a message is not:
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

from bot.archive.groups import TopicRefusal
from bot.desk.moderators_group import ModeratorsGroup
from bot.telegram.lost_topics import LostTopics

logger = logging.getLogger(__name__)

# Telegram's errors for a topic that accepts no messages.
_REFUSALS = {
    "TOPIC_CLOSED": TopicRefusal.CLOSED,
    "TOPIC_DELETED": TopicRefusal.DELETED,
    "TOPIC_ID_INVALID": TopicRefusal.DELETED,
    "message thread not found": TopicRefusal.DELETED,
}


def topic_refusal(words: str) -> TopicRefusal | None:
    """Return why Telegram refuses a topic, None if its error `words` has another reason."""
    return next((refusal for part, refusal in _REFUSALS.items() if part in words), None)


class GroupCalls(BaseRequestMiddleware):
    """Repeats calls in the supergroup or another topic; the first middleware of the session."""

    def __init__(self, group: ModeratorsGroup, topics: LostTopics) -> None:
        self._group = group
        self._topics = topics

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
            refusal, thread_id = topic_refusal(e.message), _thread_id(method)
            if refusal is None or thread_id is None:
                raise
            return await self._elsewhere(make_request, bot, method, refusal)
        return await self._compared(make_request, bot, method, response)

    async def _compared(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
        response: Response[TelegramType],
    ) -> Response[TelegramType]:
        """Compare the topic of a sent message with the requested one."""
        asked = _thread_id(method)
        if asked is None or _is_ephemeral(method) or not isinstance(response, Message):
            return response
        if response.message_thread_id == asked:
            await self._topics.accept(_chat_id(method), asked)
            return response
        # Telegram itself redirects messages for a deleted topic to General.
        instead = await self._topics.instead_of(bot, _chat_id(method), asked, TopicRefusal.DELETED)
        if instead is None:
            await self._topics.name(bot, _chat_id(method), asked, TopicRefusal.DELETED)
            return response
        repeated = await self(make_request, bot, _in_topic(method, instead))
        await _delete(bot, response)
        return repeated

    async def _elsewhere(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
        refusal: TopicRefusal,
    ) -> Response[TelegramType]:
        """Make the call for another topic, and report the refusal unless it was created again."""
        chat_id, asked = _chat_id(method), _thread_id(method)
        assert asked is not None, "the call named a topic"
        instead = await self._topics.instead_of(bot, chat_id, asked, refusal)
        response = await self(make_request, bot, _in_topic(method, instead))
        await self._topics.name(bot, chat_id, asked, refusal)
        return response


async def _delete(bot: Bot, message: Message) -> None:
    """Delete a message that went to the wrong topic."""
    try:
        await bot.delete_message(message.chat.id, message.message_id)
    except TelegramAPIError as e:
        logger.warning("message %d is in the wrong topic: %s", message.message_id, e)


def _chat_id(method: TelegramMethod[Any]) -> int:
    """Return the chat of a call that names one by its id; 0 for other calls."""
    where: Any = getattr(method, "scope", method)  # a menu's scope names the chat
    chat_id = getattr(where, "chat_id", 0)
    return chat_id if isinstance(chat_id, int) else 0


def _thread_id(method: TelegramMethod[Any]) -> int | None:
    found: int | None = getattr(method, "message_thread_id", None)
    return found


def _is_ephemeral(method: TelegramMethod[Any]) -> bool:
    return getattr(method, "ephemeral_message_parameters", None) is not None


def _names_a_message(method: TelegramMethod[Any]) -> bool:
    return any(getattr(method, name, None) is not None for name in ("message_id", "message_ids"))


def _in_chat(method: TelegramMethod[TelegramType], chat_id: int) -> TelegramMethod[TelegramType]:
    """Return the call for another chat, in which the message that it replies to is missing."""
    scope: Any = getattr(method, "scope", None)
    if scope is not None:
        return method.model_copy(update={"scope": scope.model_copy(update={"chat_id": chat_id})})
    return _in_topic(method.model_copy(update={"chat_id": chat_id}), None)


def _in_topic(
    method: TelegramMethod[TelegramType], thread_id: int | None
) -> TelegramMethod[TelegramType]:
    """Return the call for another topic, or General; a reply would lead back to the old one."""
    lost = {"message_thread_id", "reply_parameters"} & type(method).model_fields.keys()
    changes: dict[str, int | None] = dict.fromkeys(lost)
    return method.model_copy(update={**changes, "message_thread_id": thread_id} if lost else {})
