"""What handlers of private chats need for a customer's answers, in one place."""

import asyncio
from dataclasses import dataclass, replace

from aiogram.types import Message

from bot.archive.answering import Answering
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import (
    DialogueMessage,
    Direction,
    MessageKind,
    NewMessage,
    SendState,
)
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.dialogue.answer_bringer import AnswerBringer
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.customer_route import (
    ANSWERING_MS,
    MAX_CAPTION,
    MAX_TEXT,
    OPEN_MS,
    Route,
    parts_of,
    route,
)
from bot.dialogue.reply_rules import Words
from bot.form.validation import clean, utf16_length

# How often, and after how many seconds, a reply that is being sent is looked up again.
MORE_LOOKS = 8
LOOK_AGAIN_S = 0.25


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """Stores customers' answers to the team."""

    dialogue: Dialogue
    answering: Answering
    reviews: Reviews
    turns: CaseTurns
    bringer: AnswerBringer

    async def route(self, message: Message, *, has_draft: bool) -> Route:
        """Return where a message of a private chat goes."""
        user_id, now, replied = message.chat.id, now_ms(), message.reply_to_message
        await self._until_sent(user_id)
        known = replied and await self.dialogue.at_customer(user_id, replied.message_id)
        return route(
            replied_to=known.number if known else None,
            answering=await self.answering.number(user_id, now, ANSWERING_MS),
            has_draft=has_draft,
            open_numbers=await self.dialogue.open_numbers(user_id, now - OPEN_MS),
        )

    async def _until_sent(self, user_id: int) -> None:
        """Wait a short time until the team's reply, which the person may already see, is stored."""
        for _ in range(MORE_LOOKS):
            if not await self.dialogue.is_sending_to(user_id):
                break
            await asyncio.sleep(LOOK_AGAIN_S)

    async def pass_on(self, message: Message, words: Words, number: int) -> bool:
        """Store a message for the team, a long one in parts; False if the review was erased."""
        texts = parts_of(clean(words.text)) if words.kind is MessageKind.TEXT else [words.text]
        stored = [
            await self.store(message, replace(words, text=text), number, SendState.HELD, part=part)
            for part, text in enumerate(texts)
        ]
        return stored[0] is not None

    async def store(
        self, message: Message, words: Words, number: int, state: SendState, *, part: int = 0
    ) -> DialogueMessage | None:
        """Store a customer's message, or a part of it, once; None if the review was erased."""
        assert words.kind is not None, "only what can be passed on is stored"
        new = NewMessage(
            number=number,
            direction=Direction.IN,
            kind=words.kind,
            text=clean(words.text),
            by_id=message.chat.id,
            source=_source(message.chat.id, message.message_id, part),
            created_ms=now_ms(),
            state=state,
            file_id=words.file_id,
            customer_message_id=None if part else message.message_id,
        )
        stored = await self.dialogue.add(new) or await self.dialogue.by_source(new.source)
        if stored is not None and state is SendState.HELD:
            self.bringer.wake()
        return stored

    async def begin(self, user_id: int, number: int) -> bool:
        """Let the person's next messages answer their review; False if it is not theirs."""
        review = await self.reviews.by_number(number)
        if review is None or review.user_id != user_id:
            return False
        return await self.answering.begin(user_id, number, now_ms() + ANSWERING_MS)

    async def edited(self, seen: DialogueMessage, words: Words) -> bool:
        """Pass on the edit of a customer's message; False if the group has it in parts."""
        assert seen.customer_message_id is not None, "it was found by this id"
        if await self.dialogue.by_source(_source(seen.by_id, seen.customer_message_id, 1)):
            return False
        text, file_id = clean(words.text), words.file_id or seen.file_id
        waiting = [SendState.ASKED, SendState.HELD]
        changed = await self.dialogue.change(seen.id, start=waiting, text=text, file_id=file_id)
        if changed is None:
            await self.dialogue.edit(seen.id, text, file_id)
        self.bringer.wake()
        return True

    async def unsolved(self, user_id: int, number: int, message_id: int) -> None:
        """Store for the team that a closed review is not solved, once for each question."""
        new = NewMessage(
            number=number,
            direction=Direction.IN,
            kind=MessageKind.UNSOLVED,
            text="",
            by_id=user_id,
            source=f"unsolved:{user_id}:{message_id}",
            created_ms=now_ms(),
        )
        await self.dialogue.add(new)
        self.bringer.wake()


def _source(user_id: int | None, message_id: int, part: int) -> str:
    return f"customer:{user_id}:{message_id}" + (f":{part}" if part else "")


def excess(words: Words) -> tuple[int, int] | None:
    """Return length and limit of a text that is too long to be passed on, None if it fits."""
    limit = MAX_TEXT if words.kind is MessageKind.TEXT else MAX_CAPTION
    length = utf16_length(clean(words.text))
    return (length, limit) if length > limit else None
