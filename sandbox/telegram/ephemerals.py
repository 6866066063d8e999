"""
Ephemeral messages: only one member of the group sees them, and only the bot gets replies to them.

https://core.telegram.org/bots/api#ephemeral-messages-and-commands; the wording of the live
service's refusals is not documented.
"""

from dataclasses import replace

from sandbox.errors import bad_request
from sandbox.telegram import rules
from sandbox.telegram.chat import Chat, Membership
from sandbox.telegram.feed import EventKind
from sandbox.telegram.formatting import fix
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.tap import Tap
from sandbox.telegram.user import User
from sandbox.telegram.world import World

# An ephemeral message must be sent within this time after the tap or message that it answers.
ANSWER_S = 15.0

# The live service refuses a longer text in an edit, although the documentation allows it
# (https://github.com/tdlib/telegram-bot-api/issues/881).
MAX_EDITED_TEXT = 1024


def receiver_of(
    world: World, chat: Chat, user_id: int, *, tap_id: str, replied_id: int, replaces: bool
) -> User:
    """Return who gets a message of the bot, if the bot may send it now."""
    user = chat.members.get(user_id)
    if chat.kind == "private" or not chat.takes_ephemerals:
        raise bad_request("ephemeral messages can't be sent to the chat")
    if user is None:
        raise bad_request("user not found")
    if tap_id:
        _check_tap(world, chat, user, tap_id, replaces=replaces)
    elif replied_id:
        replied = chat.ephemerals.get(replied_id)
        if replied is None or world.clock() - replied.date_s > ANSWER_S:
            raise bad_request("message to be replied not found")
    elif chat.membership is not Membership.ADMINISTRATOR:
        raise bad_request("not enough rights to send ephemeral messages")
    return user


def _check_tap(world: World, chat: Chat, user: User, tap_id: str, *, replaces: bool) -> None:
    tap = world.taps.find(tap_id)
    is_theirs = tap is not None and (tap.user.user_id, tap.chat_id) == (user.user_id, chat.chat_id)
    if tap is None or not is_theirs or world.clock() - tap.tapped_s > ANSWER_S:
        raise rules.tap_is_gone()
    if replaces and not tap.message_id:
        raise bad_request("an ephemeral message can't be replaced")


def send(world: World, chat: Chat, receiver: User, content: Content) -> ChatMessage:
    """Show a message of the bot to one member."""
    return _keep(world, chat, world.bot, content, {"receiver_user": receiver.to_json()})


def find(chat: Chat, ephemeral_id: int, receiver_id: int, problem: str) -> ChatMessage:
    """Return a message of the bot that is still there."""
    message = chat.ephemerals.get(ephemeral_id)
    if message is None or message.receiver_id != receiver_id:
        raise bad_request(problem)
    return message


def edit(world: World, chat: Chat, message: ChatMessage, content: Content) -> None:
    """Change a message of the bot."""
    edited = replace(message, content=rules.modified(message, content))
    chat.ephemerals[message.ephemeral_id or 0] = edited
    world.feed.publish(EventKind.EPHEMERAL, chat.chat_id, chat.render(edited))


def delete(world: World, chat: Chat, message: ChatMessage) -> None:
    """Delete a message of the bot; the message that it replaced is shown again."""
    del chat.ephemerals[message.ephemeral_id or 0]
    gone = {"ephemeral_message_id": message.ephemeral_id}
    world.feed.publish(EventKind.EPHEMERAL, chat.chat_id, gone)


def tap(world: World, user: User, chat: Chat, message: ChatMessage, data: str) -> Tap:
    """Tap a button below a message that only this person sees."""
    if message.receiver_id != user.user_id:
        raise bad_request("MESSAGE_ID_INVALID")
    return world.open_tap(chat, user, message, data)


def reply(world: World, user: User, chat: Chat, text: str) -> ChatMessage:
    """Reply to a message that only this person sees; the update does not name that message."""
    said = _keep(world, chat, user, Content(fix(text)), {})
    world.updates.push("message", chat.render(said))
    return said


def _keep(
    world: World, chat: Chat, sender: User, content: Content, extra: dict[str, object]
) -> ChatMessage:
    number = world.new_ephemeral_id()
    message = ChatMessage(
        chat.chat_id,
        0,
        sender,
        int(world.clock()),
        content,
        extra={**extra, "ephemeral_message_id": number},
    )
    chat.ephemerals[number] = message
    world.feed.publish(EventKind.EPHEMERAL, chat.chat_id, chat.render(message))
    return message
