"""
Simulated people for tests and scripts: they write, tap, and wait for messages.

They see only what a client shows: messages, buttons, answers to taps.
"""

from collections.abc import Callable, Sequence

from sandbox.errors import NotSeen
from sandbox.telegram import acts, ephemerals
from sandbox.telegram.chat import Chat
from sandbox.telegram.keyboard import Button
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import Tap, TapAnswer
from sandbox.telegram.user import User
from sandbox.telegram.world import MODERATORS_CHAT_ID, World

Wanted = str | Callable[[Button], bool]

# Longer than an idle bot takes to answer, shorter than the time-out of a test.
PATIENCE_S = 10.0


class SimulatedPerson:
    """A person in one chat."""

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
        """The last message; raises NotSeen if the chat is empty."""
        if not self.chat.messages:
            raise NotSeen("the chat is empty")
        return self.messages[-1]

    async def says(
        self, text: str, *, reply_to: ChatMessage | None = None, thread_id: int | None = None
    ) -> ChatMessage:
        """Write a text and return it, or the last part of a very long one."""
        replied = reply_to.message_id if reply_to else None
        said = acts.say(
            self.world, self.user, self.chat, text, reply_to=replied, thread_id=thread_id
        )
        return said[-1]

    async def edits(self, message: ChatMessage, text: str) -> ChatMessage:
        """Change an own message."""
        return acts.edit(self.world, self.user, self.chat, message.message_id, text)

    async def reacts_to(self, message: ChatMessage) -> None:
        """React to a message."""
        acts.react(self.world, self.chat, message.message_id)

    async def sends(
        self, kind: str, *, caption: str = "", reply_to: ChatMessage | None = None
    ) -> ChatMessage:
        """Send a photo, document, sticker or voice."""
        replied = reply_to.message_id if reply_to else None
        return acts.send_media(
            self.world, self.user, self.chat, kind, caption=caption, reply_to=replied
        )

    async def sends_album(
        self, count: int = 3, *, caption: str = "", reply_to: ChatMessage | None = None
    ) -> list[ChatMessage]:
        """Send several photos as an album."""
        replied = reply_to.message_id if reply_to else None
        return acts.send_album(
            self.world, self.user, self.chat, count, caption=caption, reply_to=replied
        )

    async def forwards(self, text: str, author: str = "Somebody") -> ChatMessage:
        """Forward a text of another person."""
        return acts.forward(self.world, self.user, self.chat, text, author)

    async def deletes(self, message: ChatMessage) -> None:
        """Delete a message for all members."""
        acts.delete(self.world, self.chat, message.message_id)

    async def sees(
        self, is_it: Callable[[ChatMessage], bool], *, timeout_s: float = PATIENCE_S
    ) -> ChatMessage:
        """Wait for a message that `is_it` accepts, and return the newest one."""

        def find() -> ChatMessage | None:
            return next((m for m in reversed(self.messages) if is_it(m)), None)

        try:
            return await self.world.feed.until(self.chat.chat_id, find, timeout_s)
        except TimeoutError:
            raise NotSeen(f"not seen in {timeout_s} s; {self._shown()}") from None

    async def sees_text(self, part: str, *, timeout_s: float = PATIENCE_S) -> ChatMessage:
        """Wait for a message of the bot whose text or caption holds `part`; return the newest."""
        bot_id = self.world.bot.user_id
        return await self.sees(
            lambda m: m.sender.user_id == bot_id and part in m.text, timeout_s=timeout_s
        )

    async def taps(self, wanted: Wanted, *, timeout_s: float = PATIENCE_S) -> TapAnswer:
        """
        Wait for a button, tap it, and return the bot's answer.

        `wanted` is its callback data, its text, or a part of either; newer messages are searched
        first.
        """
        tap = await self.taps_without_waiting(wanted, timeout_s=timeout_s)
        return await self.gets_answer(tap, timeout_s=timeout_s)

    async def taps_without_waiting(self, wanted: Wanted, *, timeout_s: float = PATIENCE_S) -> Tap:
        """Wait for a button and tap it, without waiting for the answer."""
        message = await self.sees(lambda m: find_button(m, wanted) is not None, timeout_s=timeout_s)
        button = find_button(message, wanted)
        assert button is not None, "the message was chosen by this button"
        return self.taps_stale(message, button.data or "")

    def taps_stale(self, message: ChatMessage, data: str) -> Tap:
        """Tap a button as a client that has not received the latest edit."""
        return acts.tap(self.world, self.user, self.chat, message.message_id, data)

    async def gets_answer(self, tap: Tap, *, timeout_s: float = PATIENCE_S) -> TapAnswer:
        """Wait for the bot's answer to a tap, and return it."""
        try:
            return await self.world.feed.until(self.chat.chat_id, lambda: tap.answer, timeout_s)
        except TimeoutError:
            raise NotSeen(f"no answer to the tap in {timeout_s} s; {self._shown()}") from None

    async def sees_ephemeral(self, part: str, *, timeout_s: float = PATIENCE_S) -> ChatMessage:
        """Wait for a message that only this person sees and that holds `part`."""

        def find() -> ChatMessage | None:
            theirs = (m for m in self.chat.ephemerals.values() if m.receiver_id == self._user_id)
            return next((m for m in theirs if part in m.text), None)

        try:
            return await self.world.feed.until(self.chat.chat_id, find, timeout_s)
        except TimeoutError:
            raise NotSeen(f"no ephemeral message in {timeout_s} s; {self._shown()}") from None

    async def taps_ephemeral(self, message: ChatMessage, wanted: Wanted) -> TapAnswer:
        """Tap a button below such a message, and return the bot's answer."""
        button = find_button(message, wanted)
        if button is None:
            raise NotSeen(f"no such button; it has {[b.text for b in message.buttons]}")
        tap = ephemerals.tap(self.world, self.user, self.chat, message, button.data or "")
        return await self.gets_answer(tap)

    async def replies_ephemerally(self, text: str) -> ChatMessage:
        """Reply to such a message; only the bot gets the reply."""
        return ephemerals.reply(self.world, self.user, self.chat, text)

    def _shown(self) -> str:
        if not self.chat.messages:
            return "the chat is empty"
        return f"the last of {len(self.messages)} messages is: {self.last.text[:200]!r}"


class Customer(SimulatedPerson):
    """A person in a private chat with the bot, who has not written yet."""

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
    """A member of the moderators' group."""

    def __init__(
        self,
        world: World,
        name: str = "Ольга",
        *,
        language_code: str = "ru",
        chat_id: int = MODERATORS_CHAT_ID,
    ) -> None:
        user = world.add_person(name, language_code)
        acts.join(user, world.chats[chat_id])
        super().__init__(world, user, world.chats[chat_id])


def find_button(message: ChatMessage, wanted: Wanted) -> Button | None:
    """Return the button of `message` that matches `wanted` best, None if none matches."""
    buttons = [b for b in message.buttons if b.data is not None and not b.fields.get("disabled")]
    if not isinstance(wanted, str):
        return next((button for button in buttons if wanted(button)), None)
    for fits in _FITS:
        found = next((button for button in buttons if fits(button, wanted)), None)
        if found is not None:
            return found
    return None


# From exact to partial matches. The parts of callback data are joined by colons.
_FITS: tuple[Callable[[Button, str], bool], ...] = (
    lambda button, wanted: button.data == wanted,
    lambda button, wanted: button.text == wanted,
    lambda button, wanted: wanted in (button.data or "").split(":"),
    lambda button, wanted: wanted in button.text,
)
