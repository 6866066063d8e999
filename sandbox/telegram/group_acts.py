"""Acts of administrators: create, close and delete topics, turn a group into a supergroup."""

from typing import Any

from sandbox.errors import bad_request
from sandbox.telegram.chat import Chat, TopicState
from sandbox.telegram.message import Content
from sandbox.telegram.user import User
from sandbox.telegram.world import World


def create_topic(world: World, by: User, chat: Chat, name: str) -> int:
    """Create a topic; return its thread id, the id of the message that announces it."""
    colour = {"name": name, "icon_color": 0x6FB9F0}
    message = world.post(chat, by, Content(), extra={"forum_topic_created": colour})
    chat.topics[message.message_id] = TopicState.OPEN
    world.updates.push("message", chat.render(message))
    return message.message_id


def rename_topic(world: World, by: User, chat: Chat, thread_id: int, name: str) -> None:
    """Rename a topic."""
    extra = {"forum_topic_edited": {"name": name}}
    message = world.post(chat, by, Content(), extra=extra, thread_id=thread_id)
    world.updates.push("message", chat.render(message))


def set_topic(world: World, by: User, chat: Chat, thread_id: int, state: TopicState) -> None:
    """Close, reopen or delete a topic; bots get no update about a deletion."""
    if thread_id not in chat.topics:
        raise bad_request("TOPIC_ID_INVALID")
    chat.topics[thread_id] = state
    if state in _ANNOUNCED:
        extra: dict[str, Any] = {_ANNOUNCED[state]: {}}
        message = world.post(chat, by, Content(), extra=extra, thread_id=thread_id)
        world.updates.push("message", chat.render(message))


def migrate(world: World, by: User, chat: Chat, new_chat_id: int) -> Chat:
    """Turn a group into the supergroup `new_chat_id`; its messages stay in the old chat."""
    group = world.add_group(chat.title, new_chat_id)
    group.members.update(chat.members)
    moved = world.post(chat, by, Content(), extra={"migrate_to_chat_id": new_chat_id})
    chat.migrated_to = new_chat_id
    world.updates.push("message", chat.render(moved))
    began = world.post(group, by, Content(), extra={"migrate_from_chat_id": chat.chat_id})
    world.updates.push("message", group.render(began))
    return group


_ANNOUNCED = {
    TopicState.OPEN: "forum_topic_reopened",
    TopicState.CLOSED: "forum_topic_closed",
}
