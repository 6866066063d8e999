"""The routes of the moderators' group in the archive: which topic gets a group of classes."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import TopicRefusal
from bot.archive.tables import TOPIC_NAME_LENGTH, due_links, routes


@dataclass(frozen=True, slots=True)
class Route:
    """
    The topic that gets the cards of a group of classes; `class_group` is its slug.

    `recreated`: the topic was deleted and created again, which happens once. `refusal` is why
    Telegram refused the last card, and `refused_ms` when.
    """

    chat_id: int
    class_group: str
    thread_id: int
    name: str
    recreated: bool = False
    refusal: TopicRefusal | None = None
    refused_ms: int | None = None


class RouteStore:
    """Stores routes; several groups of classes may share a topic."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def all(self, chat_id: int) -> list[Route]:
        """Return the routes of a chat."""
        return await self._many(routes.c.chat_id == chat_id)

    async def to_topic(self, chat_id: int, thread_id: int) -> list[Route]:
        """Return the routes that lead to a topic."""
        return await self._many(_leads_to(chat_id, thread_id))

    async def put(self, chat_id: int, class_group: str, thread_id: int, name: str) -> None:
        """Store a route; it replaces an earlier one of the same group of classes."""
        fresh = {
            "thread_id": thread_id,
            "name": name[:TOPIC_NAME_LENGTH],
            "recreated": False,
            "topic_refusal": None,
            "refused_ms": None,
        }
        key = {"chat_id": chat_id, "class_group": class_group}
        statement = self._insert(routes).values({**key, **fresh})
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=list(key), set_=fresh)
            )

    async def remove(self, chat_id: int, class_group: str) -> bool:
        """Delete the route of a group of classes; return False if there is none."""
        where = (routes.c.chat_id == chat_id) & (routes.c.class_group == class_group)
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(routes).where(where))).rowcount == 1

    async def rename(self, chat_id: int, thread_id: int, name: str) -> None:
        """Store the new name of a topic."""
        await self._update(_leads_to(chat_id, thread_id), name=name[:TOPIC_NAME_LENGTH])

    async def recreated(self, chat_id: int, thread_id: int, new_thread_id: int) -> None:
        """Replace a deleted topic by the new one in all routes and waiting links."""
        waiting = (due_links.c.chat_id == chat_id) & (due_links.c.thread_id == thread_id)
        changes = {"thread_id": new_thread_id, "topic_refusal": None, "refused_ms": None}
        async with self._engine.begin() as connection:
            await connection.execute(
                update(routes)
                .where(_leads_to(chat_id, thread_id))
                .values(recreated=True, **changes)
            )
            await connection.execute(
                update(due_links).where(waiting).values(thread_id=new_thread_id)
            )

    async def refuse(
        self, chat_id: int, thread_id: int, refusal: TopicRefusal, now_ms: int
    ) -> bool:
        """Store why Telegram refuses a topic; return True if the reason is new."""
        where = _leads_to(chat_id, thread_id)
        another = or_(routes.c.topic_refusal.is_(None), routes.c.topic_refusal != refusal.value)
        is_news = await self._update(
            where & another, topic_refusal=refusal.value, refused_ms=now_ms
        )
        if not is_news:
            await self._update(where, refused_ms=now_ms)
        return is_news > 0

    async def accept(self, chat_id: int, thread_id: int) -> None:
        """Store that Telegram accepts messages to the topic again."""
        await self._update(_leads_to(chat_id, thread_id), topic_refusal=None, refused_ms=None)

    async def _update(self, where: ColumnElement[bool], **values: Any) -> int:
        async with self._engine.begin() as connection:
            statement = update(routes).where(where).values(**values)
            return (await connection.execute(statement)).rowcount

    async def _many(self, where: ColumnElement[bool]) -> list[Route]:
        query = select(routes).where(where).order_by(routes.c.class_group)
        async with self._engine.connect() as connection:
            return [_route(row) for row in await connection.execute(query)]


def _leads_to(chat_id: int, thread_id: int) -> ColumnElement[bool]:
    return (routes.c.chat_id == chat_id) & (routes.c.thread_id == thread_id)


def _route(row: Row[Any]) -> Route:
    return Route(
        row.chat_id,
        row.class_group,
        row.thread_id,
        row.name,
        row.recreated,
        None if row.topic_refusal is None else TopicRefusal(row.topic_refusal),
        row.refused_ms,
    )
