"""A ReplySender on an archive and a Telegram of a test."""

from dataclasses import replace
from typing import Any

from aiogram import Bot
from aiogram.methods import EditMessageText, SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, NewMessage
from bot.archive.reviews import Reviews
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.group_post import GroupPost
from bot.dialogue.reply_sender import ReplySender
from bot.dialogue.reply_status import ReplyStatus
from tests.bot.group import GROUP, set_group
from tests.bot.samples import SEAL, TEXTS, new

CUSTOMER = 555

REPLY = NewMessage(
    number=1,
    direction=Direction.OUT,
    kind=MessageKind.TEXT,
    text="Вернём деньги.",
    by_id=7,
    source=f"group:{GROUP}:20",
    created_ms=1_000,
    group_chat_id=GROUP,
    group_message_id=20,
    due_ms=11_000,
)


class Replies:
    """Replies to the customer of review 1."""

    def __init__(self, bot: Bot, engine: AsyncEngine) -> None:
        self.bot = bot
        self.dialogue = Dialogue(engine, SEAL)
        self.reviews = Reviews(engine, SEAL)
        self.cases = CaseStore(engine, SEAL)

    def status(self, *, paced: bool = False) -> ReplyStatus:
        """Return what shows the state of replies in Russian."""
        post = GroupPost(self.bot, set_group(), self.recent_writes, paced=paced)
        return ReplyStatus(self.bot, self.dialogue, CaseTurns(self.cases), post, TEXTS["ru"])

    async def recent_writes(self, chat_id: int) -> list[float]:
        """Return what the outgoing queue would know: what Telegram was asked to send and edit."""
        session: Any = self.bot.session
        return [0.0 for _ in session.said(SendMessage, EditMessageText)]

    def sender(self) -> ReplySender:
        """Return a sender as a fresh process has it."""
        return ReplySender(self.bot, self.dialogue, self.reviews, TEXTS, self.status())

    async def held(self, *, shown: bool = True, **changes: Any) -> DialogueMessage:
        """Return a reply whose hold is over, with its status message unless not `shown`."""
        if await self.reviews.by_number(1) is None:
            await self.reviews.accept(new(user_id=CUSTOMER, chat_id=CUSTOMER))
        message = await self.dialogue.add(replace(REPLY, **changes))
        assert message is not None
        if shown:
            where = {"chat_id": GROUP, "status_message_id": message.id + 100}
            await self.dialogue.show_status(message, **where, due_ms=11_000)
        return await self.again(message)

    async def again(self, message: DialogueMessage) -> DialogueMessage:
        """Return the message as the archive has it now."""
        found = await self.dialogue.by_id(message.id)
        assert found is not None
        return found
