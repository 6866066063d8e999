"""A chat: its members, its messages, and the bot's membership."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from sandbox.telegram.message import ChatMessage
from sandbox.telegram.user import User

ChatKind = Literal["private", "supergroup"]


class Membership(StrEnum):
    """The bot's membership of a chat."""

    STRANGER = "stranger"  # the person never pressed Start
    MEMBER = "member"
    ADMINISTRATOR = "administrator"
    BLOCKED = "blocked"
    KICKED = "kicked"
    LEFT = "left"


class Role(StrEnum):
    """The role of a person in a group."""

    MEMBER = "member"
    ADMIN = "admin"
    ANONYMOUS = "anonymous"  # an administrator whose messages show the group as their author


class TopicState(StrEnum):
    """The state of a forum topic."""

    OPEN = "open"
    CLOSED = "closed"
    DELETED = "deleted"
    REDIRECTED = "redirected"  # deleted; messages to it silently go to General


@dataclass(slots=True)
class Chat:
    """A chat with its members and messages. It is mutable; its contents are values."""

    chat_id: int
    kind: ChatKind
    title: str  # of a group; the person's name in a private chat
    membership: Membership
    members: dict[int, User] = field(default_factory=dict)
    messages: dict[int, ChatMessage] = field(default_factory=dict)
    migrated_to: int | None = None
    topics: dict[int, TopicState] = field(default_factory=dict)  # by thread id
    # What one member sees, by ephemeral id: messages of the bot to them, and theirs to the bot.
    ephemerals: dict[int, ChatMessage] = field(default_factory=dict)
    takes_ephemerals: bool = True
    roles: dict[int, Role] = field(default_factory=dict)  # by a person's id; others are members

    def role(self, user_id: int) -> Role:
        """Return the role of a person of the group; the first one is its owner."""
        owns = next(iter(self.members), None) == user_id
        return self.roles.get(user_id, Role.ADMIN if owns else Role.MEMBER)

    def to_json(self) -> dict[str, Any]:
        """Return a Chat (https://core.telegram.org/bots/api#chat)."""
        named = "first_name" if self.kind == "private" else "title"
        shown: dict[str, Any] = {"id": self.chat_id, "type": self.kind, named: self.title}
        return {**shown, "is_forum": True} if self.topics else shown

    def render(self, message: ChatMessage, *, with_reply: bool = True) -> dict[str, Any]:
        """Return a ChatMessage of this chat (https://core.telegram.org/bots/api#message)."""
        rendered = message.to_json(self.to_json())
        # In a topic, a message without a reply replies to the message that created the topic.
        replied = self.messages.get(message.reply_to or message.thread_id or 0)
        if with_reply and replied is not None:
            rendered["reply_to_message"] = self.render(replied, with_reply=False)
        return rendered
