"""The moderators' group in the archive: the chat and topic connected from within Telegram."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import TOPIC_NAME_LENGTH, groups, routes

MODERATORS = "moderators"


class TopicRefusal(StrEnum):
    """Why Telegram refuses messages to a forum topic."""

    CLOSED = "closed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """
    A group and the topic that its cards go to.

    `thread_id` is None for General and for a group without topics. `refusal` is why the last card
    went to General instead of the topic.
    """

    chat_id: int
    thread_id: int | None = None
    refusal: TopicRefusal | None = None


class Groups:
    """The connected group. There is at most one; a second one never replaces it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def moderators(self) -> GroupPlace | None:
        """Return the group and its topic, None if no group is connected."""
        columns = (groups.c.chat_id, groups.c.thread_id, groups.c.topic_refusal)
        query = select(*columns).where(groups.c.role == MODERATORS)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else place_of(*row)

    async def connect(
        self, chat_id: int, now_ms: int, thread_id: int | None = None, topic_name: str | None = None
    ) -> bool:
        """Store the group; return False if a group is connected already."""
        row = {
            "role": MODERATORS,
            "chat_id": chat_id,
            "thread_id": thread_id,
            "topic_name": topic_name and topic_name[:TOPIC_NAME_LENGTH],
            "connected_ms": now_ms,
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(groups).values(row))
        except IntegrityError:
            return False
        return True

    async def moved(self, chat_id: int, new_chat_id: int) -> bool:
        """Replace the group's id by that of its supergroup; return False if it is not stored."""
        moved = update(routes).where(routes.c.chat_id == chat_id).values(chat_id=new_chat_id)
        async with self._engine.begin() as connection:
            await connection.execute(moved)
        return await self._update(groups.c.chat_id == chat_id, chat_id=new_chat_id)

    async def use_topic(
        self, chat_id: int, thread_id: int | None, topic_name: str | None = None
    ) -> bool:
        """
        Send the cards of the stored group to a topic; return False if it is not stored.

        If its name is stored, a deleted topic can be created again, once.
        """
        stored, name = groups.c.chat_id == chat_id, topic_name and topic_name[:TOPIC_NAME_LENGTH]
        return await self._update(
            stored, thread_id=thread_id, topic_refusal=None, topic_name=name or None
        )

    async def topic_name(self, chat_id: int, thread_id: int) -> str | None:
        """Return the name of the topic of the cards; None if it must not be created again."""
        query = select(groups.c.topic_name).where(_is_topic(chat_id, thread_id))
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(query)
        return found

    async def rename_topic(self, chat_id: int, thread_id: int, name: str) -> None:
        """Store the new name of the topic of the cards."""
        named = groups.c.topic_name.is_not(None)
        where = _is_topic(chat_id, thread_id) & named
        await self._update(where, topic_name=name[:TOPIC_NAME_LENGTH])

    async def refuse_topic(self, chat_id: int, thread_id: int, refusal: TopicRefusal) -> bool:
        """Store why Telegram refuses the topic; False if it was refused before or has changed."""
        known = _is_topic(chat_id, thread_id) & groups.c.topic_refusal.is_(None)
        return await self._update(known, topic_refusal=refusal.value)

    async def accept_topic(self, chat_id: int, thread_id: int) -> None:
        """Store that Telegram accepts messages to the topic again."""
        await self._update(_is_topic(chat_id, thread_id), topic_refusal=None)

    async def _update(self, where: ColumnElement[bool], **values: int | str | None) -> bool:
        statement = update(groups).where(where).values(**values)
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1


def place_of(chat_id: int, thread_id: int | None, refusal: str | None) -> GroupPlace:
    """Return the place that a row of the table describes."""
    return GroupPlace(chat_id, thread_id, None if refusal is None else TopicRefusal(refusal))


def effective_place(stored: GroupPlace | None, chat_id: int | None) -> GroupPlace | None:
    """Return the moderators' group; the setting `chat_id` takes precedence over a stored one."""
    if chat_id is None or (stored is not None and stored.chat_id == chat_id):
        return stored
    return GroupPlace(chat_id)


def topic_problem(refusal: TopicRefusal) -> str:
    """Return one line about a topic that Telegram refuses, with the remedy."""
    reopen = "reopen it, or " if refusal is TopicRefusal.CLOSED else ""
    remedy = f"{reopen}send /connect in the topic where they should appear"
    return f"its topic is {refusal}, so cards go to General; {remedy}"


def _is_topic(chat_id: int, thread_id: int) -> ColumnElement[bool]:
    return (groups.c.chat_id == chat_id) & (groups.c.thread_id == thread_id)
