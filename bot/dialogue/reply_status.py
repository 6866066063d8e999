"""
The bot's messages in the group about moderators' replies: the hold, then a tick or the failure.

A reply that is delivered or unsent also changes its case, before its state is shown. A handler
shows the first message immediately. The duty shows what a handler could not show, edits the
messages when the state of a reply changes, and deletes them before Telegram's 48 hours are over.

A chat that refuses a message does not stop the messages in other chats. A moderator may have
blocked the bot, or the group may have been replaced by another.
"""

import asyncio
import logging

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction, SendState
from bot.clock import now_ms
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.group_post import GroupPost
from bot.dialogue.hold import HOLD_S, STATUS_LATE_MS, hold_ms
from bot.dialogue.reply_messages import RECALL_MS, status
from bot.dialogue.rounds import repeat
from bot.dialogue.send_failures import Undelivered
from bot.form.screens import Screen
from bot.telegram_errors import is_about_the_group
from bot.texts import Say
from bot.urgency import Urgency, writing_as

logger = logging.getLogger(__name__)

# Deleted before Telegram refuses that.
TIDY_MS = RECALL_MS - 3_600_000

# The message was deleted, its chat refuses the bot, or its group became a supergroup.
_OUT_OF_REACH = (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat)

_URGENCY = {SendState.FAILED: Urgency.FAILURE, SendState.UNKNOWN: Urgency.FAILURE}


class ReplyStatus:
    """Shows the state of replies."""

    def __init__(
        self, bot: Bot, dialogue: Dialogue, turns: CaseTurns, post: GroupPost, say: Say
    ) -> None:
        self._bot = bot
        self._dialogue = dialogue
        self._turns = turns
        self._post = post
        self._say = say
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now: the state of a reply has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Keep the status messages up to date until cancelled."""
        await repeat(self.round, "status of replies", self._woken)

    async def round(self) -> None:
        """Update status messages as far as the pace of the group allows."""
        now, refusal = now_ms(), None
        for message in await self._dialogue.untold(now, STATUS_LATE_MS):
            try:
                await self.show(message)
            except (TelegramBadRequest, TelegramForbiddenError) as e:
                logger.warning("status of reply %d is shown later: %s", message.id, e.message)
                refusal = e
        for message in await self._dialogue.untidied(now - TIDY_MS):
            if await self._post.has_room():
                await self._tidy(message)
        if refusal is not None:  # by the moderators' group: pause before the next round
            raise refusal

    async def show(self, message: DialogueMessage) -> None:
        """Show the state of a reply, if the pace allows; otherwise the duty does it later."""
        await self._change_turn(message)
        if not await self._post.has_room():
            return
        screen = status(message, self._say, hold_s=round(HOLD_S), now_ms=now_ms())
        with writing_as(_URGENCY.get(message.state, Urgency.MODERATOR)):
            if message.status_message_id is None:
                await self._send(message, screen)
            else:
                await self._edit(message, message.status_message_id, screen)

    async def _change_turn(self, message: DialogueMessage) -> None:
        if message.direction is not Direction.OUT:
            return
        if message.state is SendState.SENT:
            await self._turns.replied(message)
        elif message.state is SendState.UNSENT:
            left = await self._dialogue.exchanged(message.number)
            await self._turns.unsent(message, left)

    async def _send(self, message: DialogueMessage, screen: Screen) -> None:
        assert message.group_chat_id is not None, "a reply was written in a group"
        try:
            sent = await self._post.say(message.group_chat_id, screen, message.group_message_id)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            logger.warning("status of reply %d not shown: %s", message.id, e.message)
            await self._not_shown(message)
            return
        due_ms = now_ms() + hold_ms()
        where = {"chat_id": sent.chat.id, "status_message_id": sent.message_id}
        if await self._dialogue.show_status(message, **where, due_ms=due_ms):
            await self._dialogue.told(message.id, message.version)
        else:  # another replica was faster, or the review was erased
            await self._bot.delete_message(sent.chat.id, sent.message_id)

    async def _not_shown(self, message: DialogueMessage) -> None:
        """Mark a reply as failed if its hold cannot be shown, and tell the moderators' group."""
        failed = {"state": SendState.FAILED, "error": Undelivered.UNSHOWN}
        held = await self._dialogue.change(message.id, start=[SendState.HELD], **failed)
        message, chat_id = held or message, await self._post.chat_id()
        if message.state is SendState.FAILED and chat_id is not None:
            screen = status(message, self._say, hold_s=round(HOLD_S), now_ms=now_ms())
            try:
                with writing_as(Urgency.FAILURE):
                    await self._post.say(chat_id, screen, None)
            except TelegramBadRequest as e:
                if is_about_the_group(e.message):
                    raise
                logger.error("failure of reply %d not shown: %s", message.id, e.message)
        await self._dialogue.told(message.id, message.version)

    async def _edit(self, message: DialogueMessage, message_id: int, screen: Screen) -> None:
        assert message.group_chat_id is not None, "a reply was written in a group"
        try:
            await self._bot.edit_message_text(
                chat_id=message.group_chat_id,
                message_id=message_id,
                **screen.text.as_kwargs(),
                reply_markup=screen.buttons,
            )
        except _OUT_OF_REACH as e:
            logger.info("status of reply %d not edited: %s", message.id, e.message)
        await self._dialogue.told(message.id, message.version)

    async def _tidy(self, message: DialogueMessage) -> None:
        assert message.group_chat_id is not None, "a reply was written in a group"
        assert message.status_message_id is not None, "only these are deleted"
        try:
            await self._bot.delete_message(message.group_chat_id, message.status_message_id)
        except _OUT_OF_REACH as e:
            logger.info("status of reply %d not deleted: %s", message.id, e.message)
        await self._dialogue.tidied(message.id)
