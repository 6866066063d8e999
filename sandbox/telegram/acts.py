"""
Acts of people: write, tap, edit, send a sticker, block the bot.

Each act changes the world and queues the update that Telegram would send to the bot. Acts
that no client could perform are refused.
"""

import io
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL import Image

from sandbox.errors import bad_request
from sandbox.telegram import rules
from sandbox.telegram.chat import Chat, Membership, Role
from sandbox.telegram.feed import EventKind
from sandbox.telegram.formatting import EMPTY, FormattedText, fix
from sandbox.telegram.message import ChatMessage, Content, Media
from sandbox.telegram.tap import Tap
from sandbox.telegram.user import User
from sandbox.telegram.world import World

# The account that writes for administrators who are anonymous.
# https://core.telegram.org/bots/api#message, field from
ANONYMOUS_ADMIN = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)

MEDIA_KINDS = ("document", "photo", "sticker", "voice")


def say(
    world: World,
    user: User,
    chat: Chat,
    text: str,
    *,
    reply_to: int | None = None,
    thread_id: int | None = None,
) -> list[ChatMessage]:
    """Write a text; a client sends one longer than 4096 units as several messages."""
    parts = [fix(part) for part in _split(text)]
    visible = [part for part in parts if part.text]
    if not visible:
        raise bad_request("text must be non-empty")
    return [
        _send(world, user, chat, Content(part), reply_to=reply_to, thread_id=thread_id)
        for part in visible
    ]


def edit(world: World, user: User, chat: Chat, message_id: int, text: str) -> ChatMessage:
    """Change one of the user's own messages."""
    message = chat.messages.get(message_id)
    if message is None or message.sender.user_id != _author(user, chat).user_id:
        raise bad_request("people edit their own messages only")
    content = Content(rules.words_of_text(FormattedText(text), editing=True), message.media)
    edited = world.edit(chat, message, rules.modified(message, content))
    _tell_bot(world, chat, edited, "edited_message")
    return edited


def react(world: World, chat: Chat, message_id: int) -> None:
    """React to a message; the bot gets an edited message with the same text."""
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("MESSAGE_ID_INVALID")
    touched = replace(message, edit_date_s=int(world.clock()))
    chat.messages[message_id] = touched
    _tell_bot(world, chat, touched, "edited_message")


def tap(world: World, user: User, chat: Chat, message_id: int, data: str) -> Tap:
    """
    Tap a button with `data` below a message.

    An edit may have removed the button: a client may not have received the edit yet.
    """
    message = chat.messages.get(message_id)
    if message is None or message.sender != world.bot:
        raise bad_request("MESSAGE_ID_INVALID")
    return world.open_tap(chat, user, message, data)


def send_media(
    world: World,
    user: User,
    chat: Chat,
    kind: str,
    *,
    caption: str = "",
    data: bytes = b"",
    reply_to: int | None = None,
) -> ChatMessage:
    """Send a photo, document, sticker or voice; without `data` the sandbox generates it."""
    content = Content(fix(caption) if caption else EMPTY, _media(world, kind, data))
    return _send(world, user, chat, content, reply_to=reply_to)


def send_album(
    world: World,
    user: User,
    chat: Chat,
    count: int = 3,
    *,
    caption: str = "",
    reply_to: int | None = None,
) -> list[ChatMessage]:
    """Send an album of photos: messages with one media_group_id, the first with the caption."""
    extra = {"media_group_id": str(secrets.randbits(53))}
    captions = [fix(caption) if caption else EMPTY, *([EMPTY] * (count - 1))]
    contents = [Content(words, _media(world, "photo", b"")) for words in captions]
    return [
        _send(world, user, chat, content, reply_to=reply_to, extra=extra) for content in contents
    ]


def forward(world: World, user: User, chat: Chat, text: str, author: str) -> ChatMessage:
    """Forward a text of another person, who hides their account."""
    origin = {"type": "hidden_user", "sender_user_name": author, "date": int(world.clock())}
    return _send(world, user, chat, Content(fix(text)), extra={"forward_origin": origin})


def delete(world: World, chat: Chat, message_id: int) -> None:
    """Delete a message for all members; Telegram sends bots no update about that."""
    if message_id not in chat.messages:
        raise bad_request("message to delete not found")
    world.delete(chat, message_id)


def block(world: World, user: User, chat: Chat) -> None:
    """Block the bot in the user's private chat."""
    world.set_membership(chat, user, Membership.BLOCKED)


def unblock(world: World, user: User, chat: Chat) -> None:
    """Unblock the bot in the user's private chat."""
    world.set_membership(chat, user, Membership.MEMBER)


def join(user: User, chat: Chat) -> None:
    """Become a member of a group."""
    chat.members[user.user_id] = user


def set_role(world: World, user: User, chat: Chat, role: Role) -> None:
    """Make a person of a group an administrator, an anonymous one, or a plain member."""
    if chat.kind == "private" or user.user_id not in chat.members:
        raise bad_request("only members of a group have a role")
    chat.roles[user.user_id] = role
    world.feed.publish(EventKind.PERSON, None, user.to_json())


def _send(
    world: World,
    user: User,
    chat: Chat,
    content: Content,
    *,
    reply_to: int | None = None,
    extra: Mapping[str, Any] | None = None,
    thread_id: int | None = None,
) -> ChatMessage:
    if user.user_id not in chat.members:
        raise bad_request("people write only where they are members")
    if chat.membership is Membership.BLOCKED:
        unblock(world, user, chat)  # a client unblocks the bot before it sends
    if chat.membership is Membership.STRANGER:
        chat.membership = Membership.MEMBER
    author, shown = _author(user, chat), dict(extra or {})
    if author is ANONYMOUS_ADMIN:
        shown["sender_chat"] = chat.to_json()
    message = world.post(chat, author, content, reply_to=reply_to, extra=shown, thread_id=thread_id)
    _tell_bot(world, chat, message, "message")
    return message


def _author(user: User, chat: Chat) -> User:
    """Return the account that a person's messages in the chat show."""
    anonymous = chat.kind != "private" and chat.role(user.user_id) is Role.ANONYMOUS
    return ANONYMOUS_ADMIN if anonymous else user


def _tell_bot(world: World, chat: Chat, message: ChatMessage, kind: str) -> None:
    if rules.reaches_bot(chat, message, world.bot):
        world.updates.push(kind, chat.render(message))


def _split(text: str) -> list[str]:
    """Split a text into parts of at most 4096 units, as a client does; keep surrogate pairs."""
    units = text.encode("utf-16-le", "surrogatepass")
    parts, start = [], 0
    while start < len(units):
        end = min(start + 2 * rules.MAX_TEXT, len(units))
        if end < len(units) and 0xD8 <= units[end - 1] <= 0xDB:
            end -= 2
        parts.append(units[start:end].decode("utf-16-le", "surrogatepass"))
        start = end
    return parts


def _media(world: World, kind: str, data: bytes) -> Media:
    match kind:
        case "photo":
            return world.files.photo(data or _grey_square())
        case "document":
            return world.files.document(data or b"nothing", "file.txt")
        case "sticker" | "voice":
            stored = world.files.add(kind, data or b"nothing", kind)
            ids = {"file_id": stored.file_id, "file_unique_id": stored.unique_id}
            return Media(kind, {**ids, **_MADE_UP[kind]})
        case _:
            raise bad_request(f"people send {', '.join(MEDIA_KINDS)}, not {kind}")


_MADE_UP: Mapping[str, Mapping[str, Any]] = {
    "voice": {"duration": 3, "mime_type": "audio/ogg"},
    "sticker": {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "👍",
    },
}


def _grey_square() -> bytes:
    """Return a small PNG."""
    png = io.BytesIO()
    Image.new("L", (64, 64), 128).save(png, "PNG")
    return png.getvalue()
