"""
Methods that send: https://core.telegram.org/bots/api#available-methods.

Each docstring names its section.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.api.methods.formatted_text import read_words
from sandbox.errors import bad_request
from sandbox.telegram import ephemerals, rules
from sandbox.telegram.chat import Chat
from sandbox.telegram.feed import EventKind
from sandbox.telegram.formatting import FormattedText
from sandbox.telegram.keyboard import parse_keyboard
from sandbox.telegram.message import Content, Media
from sandbox.telegram.world import World

ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(world: World, arguments: Arguments) -> dict[str, Any]:
    """#sendmessage"""
    words = _words(arguments, "text", "entities")
    if not words.text:
        raise bad_request("message text is empty")
    keyboard = parse_keyboard(arguments.text("reply_markup"))
    chat = writable_chat(world, arguments)
    content = Content(rules.words_of_text(words), keyboard=keyboard)
    return _send(world, chat, arguments, content)


def send_photo(world: World, arguments: Arguments) -> dict[str, Any]:
    """#sendphoto"""
    return _send_media(world, arguments, "photo")


def send_document(world: World, arguments: Arguments) -> dict[str, Any]:
    """#senddocument"""
    return _send_media(world, arguments, "document")


def send_media_group(world: World, arguments: Arguments) -> list[dict[str, Any]]:
    """#sendmediagroup: an album of two to ten photos."""
    given = arguments.json("media") or []
    rules.check_album(len(given))
    if any(item.get("type") != "photo" for item in given):
        raise bad_request("the sandbox knows albums of photos only")
    chat = writable_chat(world, arguments)
    contents = [_album_photo(world, arguments, item) for item in given]
    extra = {"media_group_id": str(secrets.randbits(53))}
    return [_send(world, chat, arguments, content, extra) for content in contents]


def _album_photo(world: World, arguments: Arguments, item: Mapping[str, Any]) -> Content:
    words = read_words(
        item.get("caption") or "", item.get("parse_mode") or "", item.get("caption_entities")
    )
    media = read_media(world, arguments, "photo", str(item.get("media", "")))
    return Content(rules.words_of_caption(words), media)


def send_chat_action(world: World, arguments: Arguments) -> bool:
    """#sendchataction"""
    action = arguments.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(world, arguments)
    world.feed.publish(EventKind.ACTION, chat.chat_id, {"action": action})
    return True


def find_chat(world: World, arguments: Arguments) -> Chat | None:
    """Return the chat that a call names, None for one that does not exist."""
    if not arguments.text("chat_id"):
        raise bad_request("chat_id is empty")
    return world.chats.get(arguments.integer("chat_id"))


def writable_chat(world: World, arguments: Arguments) -> Chat:
    """Return the chat that a call names, if the bot may write there."""
    return rules.open_chat(find_chat(world, arguments))


def read_media(world: World, arguments: Arguments, kind: str, value: str) -> Media:
    """Return the photo or document that `value` refers to: an upload, or the id of a file."""
    upload = arguments.upload(kind, value)
    if upload is None:
        return world.files.again(kind, value)
    if kind == "photo":
        return world.files.photo(upload.data)
    return world.files.document(upload.data, upload.name)


def _send_media(world: World, arguments: Arguments, kind: str) -> dict[str, Any]:
    value = arguments.text(kind)
    if not value and kind not in arguments.uploads:
        raise bad_request(f"there is no {kind} in the request")
    words = _words(arguments, "caption", "caption_entities")
    keyboard = parse_keyboard(arguments.text("reply_markup"))
    chat = writable_chat(world, arguments)
    words = rules.words_of_caption(words)
    content = Content(words, read_media(world, arguments, kind, value), keyboard)
    return _send(world, chat, arguments, content)


def _send(
    world: World,
    chat: Chat,
    arguments: Arguments,
    content: Content,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    parameters = arguments.json("ephemeral_message_parameters")
    if parameters is not None:
        return _send_ephemeral(world, chat, arguments, parameters, content)
    reply_to = _reply_to(chat, arguments)
    replied = chat.messages.get(reply_to or 0)
    asked = arguments.integer("message_thread_id") or (replied and replied.thread_id) or 0
    thread_id = rules.open_topic(chat, asked)
    message = world.post(
        chat, world.bot, content, reply_to=reply_to, extra=extra, thread_id=thread_id
    )
    return chat.render(message)


def _send_ephemeral(
    world: World, chat: Chat, arguments: Arguments, parameters: Any, content: Content
) -> dict[str, Any]:
    """#ephemeralmessageparameters"""
    replied = arguments.json("reply_parameters") or {}
    receiver = ephemerals.receiver_of(
        world,
        chat,
        int(parameters.get("receiver_user_id", 0)),
        tap_id=str(parameters.get("callback_query_id", "")),
        replied_id=int(replied.get("ephemeral_message_id", 0)),
        replaces=bool(parameters.get("replace_callback_query_message")),
    )
    return chat.render(ephemerals.send(world, chat, receiver, content))


def _words(arguments: Arguments, text: str, entities: str) -> FormattedText:
    return read_words(arguments.text(text), arguments.text("parse_mode"), arguments.json(entities))


def _reply_to(chat: Chat, arguments: Arguments) -> int | None:
    """Return the message that is replied to: https://core.telegram.org/bots/api#replyparameters."""
    given = arguments.json("reply_parameters")
    if given is None:
        return None
    if "message_id" not in given:
        raise bad_request('can\'t find field "message_id"')
    optional = bool(given.get("allow_sending_without_reply"))
    return rules.replied_message(chat, int(given["message_id"]), optional=optional)
