"""The one-line messages that lead from other topics to a card: those that are still to be sent."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select
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
    """Finds lines that are due; `Reviews.record_card` adds them. Stores where they were sent."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

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
