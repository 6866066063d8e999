"""What handlers of the group need for replies, in one place."""

from dataclasses import dataclass, replace

from aiogram.types import Message
from aiogram.utils.formatting import Text

from bot.archive.card_places import CardPlaces
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, NewMessage
from bot.archive.dialogue_records import SendState as State
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.dialogue.group_post import GroupPost
from bot.dialogue.hold import hold_ms
from bot.dialogue.reply_messages import RECALL_MS
from bot.dialogue.reply_rules import SEND_COMMAND, Words, is_note
from bot.dialogue.reply_sender import ReplySender
from bot.dialogue.reply_status import ReplyStatus
from bot.form.screens import Screen


@dataclass(frozen=True, slots=True)
class ReplyDesk:
    """Stores replies and shows their state."""

    dialogue: Dialogue
    places: CardPlaces
    reviews: Reviews
    status: ReplyStatus
    sender: ReplySender
    post: GroupPost

    async def hold(self, message: Message, number: int, words: Words, *, needs_tap: bool) -> bool:
        """Store a reply and show its hold; return False if its review was erased."""
        assert words.kind is not None, "only what can be passed on is held"
        now = now_ms()
        new = _new(message, number, words.kind, words.text, now)
        due_ms = None if needs_tap else now + hold_ms()
        return await self.keep(replace(new, file_id=words.file_id, due_ms=due_ms))

    async def note(self, message: Message, number: int) -> bool:
        """Store that a message is a note, without its words; False if its review was erased."""
        new = _new(message, number, MessageKind.TEXT, "", now_ms())
        return await self.keep(replace(new, direction=Direction.NOTE, state=State.SENT))

    async def keep(self, new: NewMessage) -> bool:
        """Store a message once and show its status; return False if its review was erased."""
        stored = await self.dialogue.add(new) or await self.dialogue.by_source(new.source)
        if stored is None:
            return False
        if stored.status_message_id is None:
            await self.status.show(stored)
        return True

    async def edited(self, seen: DialogueMessage, words: Words) -> str:
        """Apply the edit of a reply; return the key of the message to its author, or nothing."""
        # Telegram reports a reaction and the preview of a link as edits too.
        if seen.direction is Direction.NOTE or _says_the_same(seen, words):
            return ""
        if is_note(words.text):
            noted = await self.make_note(seen.id)
            return "" if noted else "edit-note"
        if words.text.startswith("/"):
            return "refused-command"
        values = {"text": words.text, "file_id": words.file_id, "error": None}
        due_ms = None if seen.due_ms is None else now_ms() + hold_ms()
        held = await self.dialogue.change(
            seen.id, start=[State.HELD, State.FAILED], **values, state=State.HELD, due_ms=due_ms
        )
        if held is not None:
            await self.status.show(held)
            return ""
        if seen.state in (State.CANCELLED, State.UNSENT):
            return ""
        if now_ms() - (seen.sent_ms or now_ms()) >= RECALL_MS:
            return "edit-late"
        await self.dialogue.edit(seen.id, words.text, words.file_id)
        self.sender.wake()
        return ""

    async def explain(self, message: Message, words: str) -> None:
        """Answer a message of the group."""
        screen = Screen(Text(words))
        await self.post.say(message.chat.id, screen, message.message_id)

    async def make_note(self, row: int) -> bool:
        """Turn a held reply into a note; return False if it is not held any more."""
        nothing = {"text": "", "file_id": None}
        noted = await self.dialogue.change(
            row, start=[State.HELD], direction=Direction.NOTE, state=State.SENT, **nothing
        )
        return await self.shown(noted)

    async def shown(self, changed: DialogueMessage | None) -> bool:
        """Show the new state of a reply; return whether there was a change."""
        if changed is None:
            return False
        await self.status.show(changed)
        self.sender.wake()
        return True


def _new(message: Message, number: int, kind: MessageKind, text: str, now: int) -> NewMessage:
    return NewMessage(
        number=number,
        direction=Direction.OUT,
        kind=kind,
        text=text,
        by_id=message.from_user.id if message.from_user else 0,
        source=f"group:{message.chat.id}:{message.message_id}",
        created_ms=now,
        group_chat_id=message.chat.id,
        group_message_id=message.message_id,
    )


def _says_the_same(seen: DialogueMessage, words: Words) -> bool:
    """Return whether an edit changes nothing, as that of a command for a prepared answer."""
    if SEND_COMMAND.fullmatch(words.text):
        return True
    return (words.text, words.file_id) == (seen.text, seen.file_id)
