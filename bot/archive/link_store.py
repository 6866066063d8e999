"""The one-line messages that lead from other topics to a card: those that are still to be sent."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import cards, due_links


@dataclass(frozen=True, slots=True)
class DueLink:
    """A line for the topic `thread_id` that leads to the message `card_id` of the same chat."""

    number: int
    thread_id: int
    chat_id: int
    card_id: int


class LinkStore:
    """
    Finds lines that are due, and stores where they were sent.

    `Reviews.record_card` adds those of a new card.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def add(self, number: int, threads: Sequence[int], chat_id: int, card_id: int) -> None:
        """Add a line for each of the topics, unless one is due or the review was erased."""
        line = {"number": number, "chat_id": chat_id, "card_id": card_id}
        statement = self._insert(due_links).values(
            [{**line, "thread_id": thread_id} for thread_id in threads]
        )
        with suppress(IntegrityError):
            async with self._engine.begin() as connection:
                await connection.execute(
                    statement.on_conflict_do_nothing(index_elements=["number", "thread_id"])
                )

    async def count(self, chat_id: int) -> int:
        """Return how many lines are to be sent to a group."""
        query = select(func.count()).where(due_links.c.chat_id == chat_id)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def next_due(self, chat_id: int) -> DueLink | None:
        """Return the line of the oldest review."""
        query = (
            select(due_links)
            .where(due_links.c.chat_id == chat_id)
            .order_by(due_links.c.number, due_links.c.thread_id)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else DueLink(row.number, row.thread_id, row.chat_id, row.card_id)

    async def sent(self, link: DueLink, message_id: int, thread_id: int | None) -> bool:
        """
        Store the message of a line, which went to the topic `thread_id`.

        Return False if the review was erased meanwhile.
        """
        message = {"chat_id": link.chat_id, "message_id": message_id, "number": link.number}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(delete(due_links).where(_is(link, thread_id)))
                await connection.execute(insert(cards).values(**message, digest=False, link=True))
        except IntegrityError:
            return False
        return True

    async def drop(self, link: DueLink) -> None:
        """Delete a line that cannot be sent."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(due_links).where(_is(link, None)))


def _is(link: DueLink, thread_id: int | None) -> ColumnElement[bool]:
    """Return the condition on the row; a topic may have been created again as `thread_id`."""
    threads = {link.thread_id, thread_id or link.thread_id}
    return (due_links.c.number == link.number) & due_links.c.thread_id.in_(threads)
