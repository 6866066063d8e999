"""
Methods for ephemeral messages: https://core.telegram.org/bots/api#ephemeral-messages-and-commands.

Each docstring names its section.
"""

from sandbox.api.call_arguments import Arguments
from sandbox.api.methods.formatted_text import read_words
from sandbox.api.methods.send_methods import writable_chat
from sandbox.errors import bad_request
from sandbox.telegram import ephemerals, rules
from sandbox.telegram.chat import Chat
from sandbox.telegram.formatting import utf16_length
from sandbox.telegram.keyboard import parse_keyboard
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.world import World


def edit_ephemeral_message_text(world: World, arguments: Arguments) -> bool:
    """#editephemeralmessagetext"""
    chat, message = _found(world, arguments, "message to edit not found")
    given = arguments.text("text"), arguments.text("parse_mode"), arguments.json("entities")
    words = rules.words_of_text(read_words(*given), editing=True)
    if utf16_length(words.text) > ephemerals.MAX_EDITED_TEXT:
        raise bad_request("MEDIA_CAPTION_TOO_LONG")
    keyboard = parse_keyboard(arguments.text("reply_markup"), editing=True)
    ephemerals.edit(world, chat, message, Content(words, None, keyboard))
    return True


def delete_ephemeral_message(world: World, arguments: Arguments) -> bool:
    """#deleteephemeralmessage"""
    chat, message = _found(world, arguments, "message to delete not found")
    ephemerals.delete(world, chat, message)
    return True


def _found(world: World, arguments: Arguments, problem: str) -> tuple[Chat, ChatMessage]:
    chat = writable_chat(world, arguments)
    ids = arguments.integer("ephemeral_message_id"), arguments.integer("receiver_user_id")
    return chat, ephemerals.find(chat, *ids, problem)
