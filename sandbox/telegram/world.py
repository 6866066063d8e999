"""
The state of the simulated Telegram: people, chats, messages, files, taps and queued updates.

Independent of HTTP. The bot's calls arrive through `sandbox.api.methods`, acts of people through
`sandbox.telegram.acts`; both change the state here, and every change is published in the feed.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.telegram.chat import Chat, Membership
from sandbox.telegram.feed import EventKind, Feed
from sandbox.telegram.files import Files
from sandbox.telegram.menu import Menu
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.tap import Tap, Taps
from sandbox.telegram.update_queue import Updates
from sandbox.telegram.user import User

TOKEN = "4200000001:sandbox"
BOT = User(4_200_000_001, "Feedback Triage", username="feedback_triage_bot", is_bot=True)

# The first id of a person; the group's id has the format of a supergroup's id.
FIRST_PERSON_ID = 5001
MODERATORS_CHAT_ID = -1001000000001


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """The URL for updates, the secret token of the requests, and how many are sent in parallel."""

    url: str
    secret: str
    max_connections: int


class World:
    """The state of the simulated Telegram and its changes."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.bot = BOT
        self.token = TOKEN
        self._clock = clock
        self.moved_s = 0.0  # by how much the time of this world is ahead
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.menu = Menu()
        self.taps = Taps()
        self.updates = Updates()
        self.feed = Feed()
        self.webhook: RegisteredWebhook | None = None
        self.webhook_error: tuple[int, str] | None = None  # when it last failed, and why
        self._person_ids = itertools.count(FIRST_PERSON_ID)
        # Message ids are shared by all private chats of a bot, as in Telegram.
        self._private_ids = itertools.count(1)
        self._group_ids: dict[int, itertools.count[int]] = {}
        self._ephemeral_ids = itertools.count(1)

    def clock(self) -> float:
        """Return the time of this world, seconds since the epoch."""
        return self._clock() + self.moved_s

    def move_clock(self, by_s: float) -> None:
        """Move the time of this world: forward, or back before anything has happened."""
        self.moved_s += by_s
        self.feed.publish(EventKind.CLOCK, None, {"moved_s": self.moved_s})

    def add_person(self, first_name: str, language_code: str | None = "ru") -> User:
        """Return a new person; the bot may write only after the person did."""
        user = User(next(self._person_ids), first_name, language_code)
        self.users[user.user_id] = user
        self.chats[user.user_id] = Chat(
            user.user_id, "private", first_name, Membership.STRANGER, {user.user_id: user}
        )
        self.feed.publish(EventKind.PERSON, None, user.to_json())
        return user

    def set_language(self, user: User, language_code: str | None) -> User:
        """Change the language of a person's client; earlier messages keep the old one."""
        changed = replace(user, language_code=language_code)
        self.users[user.user_id] = changed
        for chat in self.chats.values():
            if user.user_id in chat.members:
                chat.members[user.user_id] = changed
        self.feed.publish(EventKind.PERSON, None, changed.to_json())
        return changed

    def add_group(self, title: str, chat_id: int = MODERATORS_CHAT_ID) -> Chat:
        """Return a new supergroup with the bot in it."""
        chat = Chat(chat_id, "supergroup", title, Membership.MEMBER)
        self.chats[chat_id] = chat
        self._group_ids[chat_id] = itertools.count(1)
        return chat

    def post(
        self,
        chat: Chat,
        sender: User,
        content: Content,
        *,
        reply_to: int | None = None,
        extra: Mapping[str, Any] | None = None,
        thread_id: int | None = None,
    ) -> ChatMessage:
        """Add a new message to a chat, to General unless a topic is named."""
        ids = self._private_ids if chat.kind == "private" else self._group_ids[chat.chat_id]
        message = ChatMessage(
            chat.chat_id,
            next(ids),
            sender,
            int(self.clock()),
            content,
            reply_to=reply_to,
            extra=extra or {},
            thread_id=thread_id,
        )
        chat.messages[message.message_id] = message
        self.feed.publish(EventKind.MESSAGE, chat.chat_id, chat.render(message))
        return message

    def new_ephemeral_id(self) -> int:
        """Return an id for a message that one member sees."""
        return next(self._ephemeral_ids)

    def edit(self, chat: Chat, message: ChatMessage, content: Content) -> ChatMessage:
        """Replace a message's content; a change of buttons alone does not set the edit date."""
        shown = (content.words, content.media) != (message.content.words, message.content.media)
        edit_date_s = int(self.clock()) if shown else message.edit_date_s
        edited = replace(message, content=content, edit_date_s=edit_date_s)
        chat.messages[message.message_id] = edited
        self.feed.publish(EventKind.EDITED, chat.chat_id, chat.render(edited))
        return edited

    def delete(self, chat: Chat, message_id: int) -> None:
        """Delete a message for all members."""
        del chat.messages[message_id]
        self.feed.publish(EventKind.DELETED, chat.chat_id, {"message_id": message_id})

    def open_tap(self, chat: Chat, user: User, message: ChatMessage, data: str) -> Tap:
        """Create a tap and queue its callback query for the bot."""
        tap = self.taps.open(user, chat.chat_id, message.message_id, data, self.clock())
        query = tap.to_json(chat.render(message), chat_instance(chat))
        self.feed.publish(EventKind.TAPPED, chat.chat_id, query)
        self.updates.push("callback_query", query)
        return tap

    def set_membership(self, chat: Chat, by: User, membership: Membership) -> None:
        """Change the bot's membership of a chat, and queue an update about it."""
        before, chat.membership = chat.membership, membership
        self.feed.publish(EventKind.MEMBERSHIP, chat.chat_id, {"membership": membership})
        changed = {
            "chat": chat.to_json(),
            "from": by.to_json(),
            "date": int(self.clock()),
            "old_chat_member": member_json(self.bot, before),
            "new_chat_member": member_json(self.bot, membership),
        }
        self.updates.push("my_chat_member", changed)

    def reset(self) -> None:
        """Delete messages and reset memberships; people, groups and the menu stay."""
        for chat in self.chats.values():
            chat.messages.clear()
            chat.ephemerals.clear()
            private = chat.kind == "private"
            chat.membership = Membership.STRANGER if private else Membership.MEMBER
            chat.migrated_to = None
        self.files.clear()
        self.taps.clear()
        self.updates.clear()
        self.feed.publish(EventKind.RESET, None, {})


def chat_instance(chat: Chat) -> str:
    """Return the chat_instance of a chat, which callback queries carry."""
    return str(7_000_000_000_000_000_000 + chat.chat_id)


def member_json(user: User, membership: Membership) -> dict[str, Any]:
    """Return a ChatMember (https://core.telegram.org/bots/api#chatmember)."""
    member: dict[str, Any] = {"user": user.to_json(), "status": "member"}
    match membership:
        case Membership.ADMINISTRATOR:
            member |= {"status": "administrator", **_RIGHTS}
        case Membership.BLOCKED | Membership.KICKED:
            member |= {"status": "kicked", "until_date": 0}
        case Membership.LEFT | Membership.STRANGER:
            member |= {"status": "left"}
        case Membership.MEMBER:
            pass
    return member


# The default rights of a bot that is an administrator.
_RIGHTS = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_send_welcome_messages": False,
    "can_pin_messages": True,
    "can_manage_topics": True,
}
