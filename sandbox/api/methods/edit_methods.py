"""
Methods that edit or delete sent messages: https://core.telegram.org/bots/api#updating-messages.

Each docstring names its section.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.api.methods.formatted_text import read_words
from sandbox.api.methods.send_methods import read_media, writable_chat
from sandbox.errors import bad_request
from sandbox.telegram import rules
from sandbox.telegram.chat import Chat
from sandbox.telegram.feed import EventKind
from sandbox.telegram.keyboard import Keyboard, parse_keyboard
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.tap import TapAnswer
from sandbox.telegram.world import World

MEDIA_KINDS = ("photo", "document")


def edit_message_text(world: World, arguments: Arguments) -> dict[str, Any]:
    """#editmessagetext"""
    words = read_words(
        arguments.text("text"), arguments.text("parse_mode"), arguments.json("entities")
    )
    keyboard = _keyboard(arguments)
    chat, message = _own_message(world, arguments)
    rules.with_text(message)
    return _edit(
        world, chat, message, Content(rules.words_of_text(words, editing=True), None, keyboard)
    )


def edit_message_caption(world: World, arguments: Arguments) -> dict[str, Any]:
    """#editmessagecaption"""
    words = read_words(
        arguments.text("caption"), arguments.text("parse_mode"), arguments.json("caption_entities")
    )
    keyboard = _keyboard(arguments)
    chat, message = _own_message(world, arguments)
    rules.with_caption(message)
    content = Content(rules.words_of_caption(words, editing=True), message.media, keyboard)
    return _edit(world, chat, message, content)


def edit_message_media(world: World, arguments: Arguments) -> dict[str, Any]:
    """#editmessagemedia: may also add a medium to a text message."""
    given: Mapping[str, Any] = arguments.json("media") or {}
    kind = given.get("type")
    if kind not in MEDIA_KINDS:
        raise bad_request(f"the sandbox knows {' and '.join(MEDIA_KINDS)}, not {kind}")
    words = read_words(
        given.get("caption") or "", given.get("parse_mode") or "", given.get("caption_entities")
    )
    keyboard = _keyboard(arguments)
    chat, message = _own_message(world, arguments)
    words = rules.words_of_caption(words, editing=True)
    rules.check_medium_of_album(message, kind)
    media = read_media(world, arguments, kind, str(given.get("media", "")))
    return _edit(world, chat, message, Content(words, media, keyboard))


def edit_message_reply_markup(world: World, arguments: Arguments) -> dict[str, Any]:
    """#editmessagereplymarkup"""
    keyboard = _keyboard(arguments)
    chat, message = _own_message(world, arguments)
    return _edit(world, chat, message, replace(message.content, keyboard=keyboard))


def delete_message(world: World, arguments: Arguments) -> bool:
    """#deletemessage"""
    chat = writable_chat(world, arguments)
    world.delete(chat, rules.deletable(chat, arguments.integer("message_id"), world.bot))
    return True


def delete_messages(world: World, arguments: Arguments) -> bool:
    """#deletemessages: those that cannot be found are skipped."""
    chat = writable_chat(world, arguments)
    given = arguments.json("message_ids") or []
    rules.check_deleted_at_once(len(given))
    found = [int(message_id) for message_id in given if int(message_id) in chat.messages]
    for message_id in found:
        rules.deletable(chat, message_id, world.bot)
    for message_id in found:
        world.delete(chat, message_id)
    return True


def answer_callback_query(world: World, arguments: Arguments) -> bool:
    """#answercallbackquery"""
    answer = TapAnswer(arguments.text("text"), arguments.flag("show_alert"), arguments.text("url"))
    tap = world.taps.answer(arguments.text("callback_query_id"), answer, world.clock())
    shown = {
        "id": tap.tap_id,
        "user_id": tap.user.user_id,
        "text": answer.text,
        "show_alert": answer.alert,
        "url": answer.url,
    }
    world.feed.publish(EventKind.ANSWERED, tap.chat_id, shown)
    return True


def _keyboard(arguments: Arguments) -> Keyboard:
    return parse_keyboard(arguments.text("reply_markup"), editing=True)


def _own_message(world: World, arguments: Arguments) -> tuple[Chat, ChatMessage]:
    chat = writable_chat(world, arguments)
    message_id = arguments.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    return chat, rules.own_message(chat, message_id, world.bot)


def _edit(world: World, chat: Chat, message: ChatMessage, content: Content) -> dict[str, Any]:
    edited = world.edit(chat, message, rules.modified(message, content))
    return chat.render(edited)
