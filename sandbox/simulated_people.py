"""
Simulated people as tests and scripts play them: they write, tap, and wait for what they see.

They see what a client shows and nothing else: messages, buttons, answers to taps.
"""

from collections.abc import Callable, Sequence

from sandbox.errors import NotSeen
from sandbox.telegram import acts
from sandbox.telegram.chat import Chat
from sandbox.telegram.keyboard import Button
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import Tap, TapAnswer
from sandbox.telegram.user import User
from sandbox.telegram.world import MODERATORS_CHAT_ID, World

Wanted = str | Callable[[Button], bool]

# Longer than any answer of an idle bot takes, shorter than a test's patience.
PATIENCE_S = 10.0


class SimulatedPerson:
    """Somebody in one chat."""

    def __init__(self, world: World, user: User, chat: Chat) -> None:
        self.world = world
        self.chat = chat
        self._user_id = user.user_id

    @property
    def user(self) -> User:
        """The person's account."""
        return self.world.users[self._user_id]

    @property
    def messages(self) -> Sequence[ChatMessage]:
        """What the chat shows, oldest first."""
        return tuple(self.chat.messages.values())

    @property
    def last(self) -> ChatMessage:
        """The last message; NotSeen where there is none."""
        if not self.chat.messages:
            raise NotSeen("the chat is empty")
        return self.messages[-1]

    async def says(self, text: str, *, reply_to: ChatMessage | None = None) -> ChatMessage:
        """Write a text and return it, or the last part of a very long one."""
        replied = reply_to.message_id if reply_to else None
        return acts.say(self.world, self.user, self.chat, text, reply_to=replied)[-1]

    async def edits(self, message: ChatMessage, text: str) -> ChatMessage:
        """Change an own message."""
        return acts.edit(self.world, self.user, self.chat, message.message_id, text)

    async def sends(self, kind: str, *, caption: str = "") -> ChatMessage:
        """Send a photo, document, sticker or voice."""
        return acts.send_media(self.world, self.user, self.chat, kind, caption=caption)

    async def sends_album(self, count: int = 3) -> list[ChatMessage]:
        """Send several photos at once."""
        return acts.send_album(self.world, self.user, self.chat, count)

    async def forwards(self, text: str, author: str = "Somebody") -> ChatMessage:
        """Forward what somebody else wrote."""
        return acts.forward(self.world, self.user, self.chat, text, author)

    async def deletes(self, message: ChatMessage) -> None:
        """Delete a message for everybody."""
        acts.delete(self.world, self.chat, message.message_id)

    async def sees(
        self, is_it: Callable[[ChatMessage], bool], *, timeout_s: float = PATIENCE_S
    ) -> ChatMessage:
        """Return the newest message that `is_it` takes, as soon as there is one."""

        def find() -> ChatMessage | None:
            return next((m for m in reversed(self.messages) if is_it(m)), None)

        try:
            return await self.world.feed.until(self.chat.chat_id, find, timeout_s)
        except TimeoutError:
            raise NotSeen(f"not seen in {timeout_s} s; {self._shown()}") from None

    async def sees_text(self, part: str, *, timeout_s: float = PATIENCE_S) -> ChatMessage:
        """Return the newest message of the bot whose text or caption holds `part`."""
        bot_id = self.world.bot.user_id
        return await self.sees(
            lambda m: m.sender.user_id == bot_id and part in m.text, timeout_s=timeout_s
        )

    async def taps(self, wanted: Wanted, *, timeout_s: float = PATIENCE_S) -> TapAnswer:
        """
        Tap a button as soon as it is there, and return what the bot answers.

        `wanted` is its callback data, its text, or a part of either; the newest message goes first.
        """
        tap = await self.taps_without_waiting(wanted, timeout_s=timeout_s)
        return await self.gets_answer(tap, timeout_s=timeout_s)

    async def taps_without_waiting(self, wanted: Wanted, *, timeout_s: float = PATIENCE_S) -> Tap:
        """Tap a button as soon as it is there, and go on."""
        message = await self.sees(lambda m: find_button(m, wanted) is not None, timeout_s=timeout_s)
        button = find_button(message, wanted)
        assert button is not None, "it is there"
        return self.taps_stale(message, button.data or "")

    def taps_stale(self, message: ChatMessage, data: str) -> Tap:
        """Tap what a client shows that has not heard of the latest edit."""
        return acts.tap(self.world, self.user, self.chat, message.message_id, data)

    async def gets_answer(self, tap: Tap, *, timeout_s: float = PATIENCE_S) -> TapAnswer:
        """Return what the bot answers to a tap."""
        try:
            return await self.world.feed.until(self.chat.chat_id, lambda: tap.answer, timeout_s)
        except TimeoutError:
            raise NotSeen(f"no answer to the tap in {timeout_s} s; {self._shown()}") from None

    def _shown(self) -> str:
        if not self.chat.messages:
            return "the chat is empty"
        return f"the last of {len(self.messages)} messages says: {self.last.text[:200]!r}"


class Customer(SimulatedPerson):
    """Somebody in a private chat with the bot, who has not written yet."""

    def __init__(self, world: World, name: str = "Анна", language_code: str | None = "ru") -> None:
        user = world.add_person(name, language_code)
        super().__init__(world, user, world.chats[user.user_id])

    async def blocks(self) -> None:
        """Block the bot."""
        acts.block(self.world, self.user, self.chat)

    async def unblocks(self) -> None:
        """Let the bot write again."""
        acts.unblock(self.world, self.user, self.chat)


class Moderator(SimulatedPerson):
    """Somebody in the moderators' group."""

    def __init__(
        self, world: World, name: str = "Ольга", *, chat_id: int = MODERATORS_CHAT_ID
    ) -> None:
        user = world.add_person(name)
        acts.join(user, world.chats[chat_id])
        super().__init__(world, user, world.chats[chat_id])


def find_button(message: ChatMessage, wanted: Wanted) -> Button | None:
    """Return the button of `message` that `wanted` fits best, None where none does."""
    buttons = [b for b in message.buttons if b.data is not None and not b.fields.get("disabled")]
    if not isinstance(wanted, str):
        return next((button for button in buttons if wanted(button)), None)
    for fits in _FITS:
        found = next((button for button in buttons if fits(button, wanted)), None)
        if found is not None:
            return found
    return None


# From the exact to the vague. Callback data made of parts is joined by colons.
_FITS: tuple[Callable[[Button, str], bool], ...] = (
    lambda button, wanted: button.data == wanted,
    lambda button, wanted: button.text == wanted,
    lambda button, wanted: wanted in (button.data or "").split(":"),
    lambda button, wanted: wanted in button.text,
)
