"""
Sends customers' answers to the moderators' group, below the card, and mirrors their edits.

An answer is stored before it is confirmed to the customer. It is sent at least once: a repeated
message does less harm than a lost complaint.
"""

import asyncio
import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.types import Message

from bot.archive.card_places import CardPlaces
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, SendState
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.dialogue.answer_messages import in_group
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.customer_route import UNDECIDED_MS
from bot.dialogue.group_post import GroupPost, reply
from bot.dialogue.rounds import repeat
from bot.form.screens import Screen
from bot.telegram_errors import is_about_the_group
from bot.texts import Say, Texts
from bot.urgency import Urgency, writing_as

logger = logging.getLogger(__name__)


class AnswerBringer:
    """Sends answers to the group; runs in one replica."""

    def __init__(
        self,
        bot: Bot,
        dialogue: Dialogue,
        reviews: Reviews,
        places: CardPlaces,
        turns: CaseTurns,
        post: GroupPost,
        texts: Texts,
        say: Say,
    ) -> None:
        self._bot = bot
        self._dialogue = dialogue
        self._reviews = reviews
        self._places = places
        self._turns = turns
        self._post = post
        self._texts = texts
        self._say = say
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now: a customer has written."""
        self._woken.set()

    async def run(self) -> None:
        """Send answers until cancelled."""
        await repeat(self.round, "answers of customers", self._woken)

    async def round(self) -> None:
        """Send waiting answers as far as the pace of the group allows."""
        for message in await self._dialogue.undecided(now_ms(), UNDECIDED_MS):
            await self._decide(message)
        chat_id = await self._post.chat_id()
        if chat_id is None:
            return
        for message in await self._dialogue.for_group():
            if await self._post.has_room():
                await self._bring(message, chat_id)
        for message in await self._dialogue.unmirrored():
            if message.direction is Direction.IN and await self._post.has_room():
                await self._mirror(message)

    async def _decide(self, message: DialogueMessage) -> None:
        """Pass an undecided message on to the team, and inform its customer."""
        start = [SendState.ASKED]
        decided = await self._dialogue.change(message.id, start=start, state=SendState.HELD)
        review = await self._reviews.by_number(message.number)
        if decided is None or review is None:
            return
        words = self._texts[review.language]("answer-passed", number=str(message.number))
        under = reply(message.customer_message_id)
        try:
            await self._bot.send_message(review.chat_id, words, reply_parameters=under)
        except TelegramAPIError as e:
            logger.info("answer %d: its customer could not be informed: %s", message.id, e)

    async def _bring(self, message: DialogueMessage, chat_id: int) -> None:
        # Done before the sending, so that the sent message is stored without delay: a reply to it
        # must find it.
        await self._turns.spoke(message)
        try:
            with writing_as(Urgency.CUSTOMER):
                sent = await self._send(message, chat_id)
        except TelegramBadRequest as e:
            if is_about_the_group(e.message):
                raise
            logger.error("answer %d cannot be shown: %s", message.id, e.message)
            failed = {"state": SendState.FAILED, "error": e.message}
            await self._dialogue.change(message.id, start=[SendState.HELD], **failed)
        else:
            await self._shown(message, sent)

    async def _shown(self, message: DialogueMessage, sent: Message) -> None:
        values = {
            "state": SendState.SENT,
            "group_chat_id": sent.chat.id,
            "group_message_id": sent.message_id,
            "sent_ms": now_ms(),
            "mirrored": message.edits,
        }
        stored = await self._dialogue.change(message.id, start=[SendState.HELD], **values)
        if stored is None:  # it was erased meanwhile
            await self._bot.delete_message(sent.chat.id, sent.message_id)

    async def _send(self, message: DialogueMessage, chat_id: int) -> Message:
        """Send the answer below its card; without the photo if Telegram refuses that."""
        screen = Screen(in_group(message, self._say))
        card = await self._places.card_of(chat_id, message.number)
        if message.kind is MessageKind.PHOTO and message.file_id:
            try:
                return await self._post.photo(chat_id, message.file_id, screen, card)
            except TelegramBadRequest as e:
                if is_about_the_group(e.message):
                    raise
                logger.warning("answer %d is sent without its photo: %s", message.id, e.message)
        return await self._post.say(chat_id, screen, card)

    async def _mirror(self, message: DialogueMessage) -> None:
        assert message.group_chat_id is not None, "it is shown in a group"
        where: dict[str, Any] = {
            "chat_id": message.group_chat_id,
            "message_id": message.group_message_id,
        }
        text = in_group(message, self._say)
        try:
            with writing_as(Urgency.CUSTOMER):
                if message.kind is MessageKind.PHOTO:
                    await self._bot.edit_message_caption(**text.as_caption_kwargs(), **where)
                else:
                    await self._bot.edit_message_text(**text.as_kwargs(), **where)
        except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat) as e:
            logger.info("answer %d not edited: %s", message.id, e.message)
        await self._dialogue.change(message.id, start=[SendState.SENT], mirrored=message.edits)
