"""The one-line messages that lead from other topics to a card: those to be sent or edited."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.due_versions import insert_cards
from bot.archive.tables import cards, due_links


@dataclass(frozen=True, slots=True)
class DueLink:
    """A line for the topic `thread_id` that leads to the message `card_id` of the same chat."""

    number: int
    thread_id: int
    chat_id: int
    card_id: int


@dataclass(frozen=True, slots=True)
class StaleLink:
    """A line that was sent before the classes of its review changed."""

    number: int
    chat_id: int
    message_id: int


class LinkStore:
    """
    Finds lines that are due or stale, and stores where they were sent and what they show.

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

    async def next_stale(self, chat_id: int) -> StaleLink | None:
        """Return the stale line of the oldest review."""
        query = (
            select(cards.c.number, cards.c.chat_id, cards.c.message_id)
            .where(cards.c.shown_version < cards.c.due_version)
            .where(cards.c.due_version >= 0, cards.c.link.is_(True))
            .where(func.coalesce(cards.c.chat_id, 0) == chat_id)  # the key has too many rows
            .order_by(cards.c.number, cards.c.message_id)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else StaleLink(row.number, row.chat_id, row.message_id)

    async def edited(self, link: StaleLink, version: int) -> None:
        """Store that a line shows the classes of `version`."""
        where = (cards.c.chat_id == link.chat_id) & (cards.c.message_id == link.message_id)
        async with self._engine.begin() as connection:
            await connection.execute(update(cards).where(where).values(shown_version=version))

    async def sent(
        self, link: DueLink, message_id: int, thread_id: int | None, version: int = 0
    ) -> bool:
        """
        Store the message of a line, which went to the topic `thread_id`.

        `version` is that of the case whose classes the line shows. Return False if the review
        was erased meanwhile.
        """
        message = {
            "chat_id": link.chat_id,
            "message_id": message_id,
            "number": link.number,
            "shown_version": version,
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(delete(due_links).where(_is(link, thread_id)))
                await insert_cards(connection, [{**message, "digest": False, "link": True}])
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
