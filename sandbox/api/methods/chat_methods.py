"""
Methods about chats, members and files: https://core.telegram.org/bots/api#getchat.

Each docstring names its section.
"""

from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.api.methods.send_methods import find_chat, writable_chat
from sandbox.errors import bad_request
from sandbox.telegram import rules
from sandbox.telegram.chat import Chat, Membership, Role
from sandbox.telegram.group_acts import create_topic
from sandbox.telegram.user import User
from sandbox.telegram.world import World, member_json

# The largest file that a bot may download.
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024

_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_me(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getme"""
    return {
        **world.bot.to_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getchat"""
    return {
        **_readable_chat(world, arguments).to_json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }


def get_chat_member(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getchatmember"""
    chat = _readable_chat(world, arguments)
    user_id = arguments.integer("user_id")
    if user_id == world.bot.user_id:
        return member_json(world.bot, chat.membership)
    user = world.users.get(user_id)
    if user is None:
        raise bad_request("user not found")
    if user_id not in chat.members:
        return member_json(user, Membership.LEFT)
    return _administrator(chat, user) or member_json(user, Membership.MEMBER)


def get_chat_administrators(world: World, arguments: Arguments) -> list[dict[str, Any]]:
    """#getchatadministrators: the first person of a group is its owner."""
    chat = _readable_chat(world, arguments)
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    people = [_administrator(chat, user) for user in chat.members.values()]
    administrators = [person for person in people if person is not None]
    if chat.membership is Membership.ADMINISTRATOR:
        administrators.append(member_json(world.bot, chat.membership))
    return administrators


def get_chat_member_count(world: World, arguments: Arguments) -> int:
    """#getchatmembercount"""
    return len(_readable_chat(world, arguments).members) + 1


def create_forum_topic(world: World, arguments: Arguments) -> dict[str, Any]:
    """#createforumtopic"""
    chat, name = writable_chat(world, arguments), arguments.text("name")
    rules.check_may_create_topics(chat)
    if not name:
        raise bad_request("topic name is empty")
    thread_id = create_topic(world, world.bot, chat, name)
    return {"message_thread_id": thread_id, "name": name, "icon_color": 0x6FB9F0}


def leave_chat(world: World, arguments: Arguments) -> bool:
    """#leavechat"""
    chat = writable_chat(world, arguments)
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    world.set_membership(chat, world.bot, Membership.LEFT)
    return True


def get_file(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getfile"""
    stored = world.files.find(arguments.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.to_json()


def _administrator(chat: Chat, user: User) -> dict[str, Any] | None:
    """Return a person of a group as its owner or administrator, None if they are neither."""
    role = chat.role(user.user_id)
    if chat.kind == "private" or role is Role.MEMBER:
        return None
    anonymous = role is Role.ANONYMOUS
    if user.user_id == next(iter(chat.members)):
        return {"user": user.to_json(), "status": "creator", "is_anonymous": anonymous}
    return {**member_json(user, Membership.ADMINISTRATOR), "is_anonymous": anonymous}


def _readable_chat(world: World, arguments: Arguments) -> Chat:
    """Return the chat; it can be read even if its person blocked the bot."""
    chat = find_chat(world, arguments)
    if chat is not None and chat.membership is Membership.BLOCKED:
        return chat
    return rules.open_chat(chat)
