"""Finds and erases the data of one person in the archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import cards, panels, reviews
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

    async def copies(self, user_id: int, up_to: int | None = None) -> list[Copy]:
        """Return the messages to moderators that show a review of the person, up to a number."""
        mine = cards.alias("mine")
        shows_theirs = exists(
            select(mine.c.number)
            .join(reviews, reviews.c.number == mine.c.number)
            .where(
                is_theirs(user_id, up_to),
                mine.c.chat_id == cards.c.chat_id,
                mine.c.message_id == cards.c.message_id,
            )
        )
        key = (cards.c.chat_id, cards.c.message_id)
        query = select(cards).where(shows_theirs).order_by(*key, cards.c.number)
        private = (
            select(panels)
            .join(reviews, reviews.c.number == panels.c.number)
            .where(is_theirs(user_id, up_to))
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

    async def erase(self, user_id: int, up_to: int | None = None) -> int:
        """
        Delete the person's reviews up to a number, with all rows that refer to them.

        Return how many there were. A ban stays: otherwise an erasure would lift it.
        """
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(reviews).where(is_theirs(user_id, up_to)))
        return result.rowcount

    async def truncate_log(self) -> None:
        """
        Truncate SQLite's log, which contains deleted rows; PostgreSQL's vacuum frees its space.

        Raises StillRead if another program still reads the log; the caller then tries again.
        """
        if self._engine.dialect.name != "sqlite":
            return
        async with self._engine.connect() as connection:
            result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            busy, *_ = result.one()
        if busy:
            raise StillRead("another program reads the archive, so its log keeps what was erased")


def is_theirs(user_id: int, up_to: int | None) -> ColumnElement[bool]:
    """Return the condition that a review is the person's, and not later than `up_to`."""
    theirs = reviews.c.user_id == user_id
    return theirs if up_to is None else theirs & (reviews.c.number <= up_to)


def _copy(rows: Sequence[Row[Any]]) -> Copy:
    first = rows[0]
    return Copy(first.chat_id, first.message_id, first.digest, tuple(row.number for row in rows))
