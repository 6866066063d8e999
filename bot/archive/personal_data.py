"""Finds and erases the data of one person in the archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, delete, exists, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import consents
from bot.archive.tables import cards, panels, people, reviews
from bot.errors import BotError


class StillRead(BotError):
    """SQLite's log could not be emptied: another program has read the archive for too long."""


@dataclass(frozen=True, slots=True)
class Copy:
    """
    A message to moderators, and the numbers of all reviews that it shows.

    `receiver_id`: only this member of the group sees it, and `message_id` is an ephemeral one.
    """

    chat_id: int
    message_id: int
    digest: bool
    numbers: tuple[int, ...]
    receiver_id: int | None = None


class PersonalData:
    """Finds and erases the data of a person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def copies(self, user_id: int) -> list[Copy]:
        """Return the messages to moderators that show a review of the person."""
        mine = cards.alias("mine")
        shows_theirs = exists(
            select(mine.c.number)
            .join(reviews, reviews.c.number == mine.c.number)
            .where(
                reviews.c.user_id == user_id,
                mine.c.chat_id == cards.c.chat_id,
                mine.c.message_id == cards.c.message_id,
            )
        )
        key = (cards.c.chat_id, cards.c.message_id)
        query = select(cards).where(shows_theirs).order_by(*key, cards.c.number)
        private = (
            select(panels)
            .join(reviews, reviews.c.number == panels.c.number)
            .where(reviews.c.user_id == user_id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
            shown = (await connection.execute(private)).all()
        return [
            *(_copy([*group]) for _, group in groupby(rows, lambda r: (r.chat_id, r.message_id))),
            *(
                Copy(row.chat_id, row.message_id, False, (row.number,), row.receiver_id)
                for row in shown
            ),
        ]

    async def erase(self, user_id: int) -> int:
        """
        Delete the person's reviews and all rows that refer to them; return how many there were.

        A ban stays: else an erasure would lift it.

        Raises StillRead if the rows are deleted but a reader keeps SQLite's log; repeat it then.
        """
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(reviews).where(reviews.c.user_id == user_id))
            for table in (people, consents):
                await connection.execute(delete(table).where(table.c.user_id == user_id))
        await self._truncate_log()
        return result.rowcount

    async def _truncate_log(self) -> None:
        """Truncate SQLite's log, which holds deleted rows; PostgreSQL's vacuum frees its space."""
        if self._engine.dialect.name != "sqlite":
            return
        async with self._engine.connect() as connection:
            result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            busy, *_ = result.one()
        if busy:
            raise StillRead("another program reads the archive, so its log keeps what was erased")


def _copy(rows: Sequence[Row[Any]]) -> Copy:
    first = rows[0]
    return Copy(first.chat_id, first.message_id, first.digest, tuple(row.number for row in rows))
