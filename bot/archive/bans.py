"""
Authors whose reviews the team does not want.

A banned author is informed. A silently banned author is not: their reviews are accepted and
answered as usual, but their cards are not sent until the ban is lifted. /forget does not delete a
ban: otherwise people could lift it by erasing their data.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import bans
from bot.archive.due_versions import show_author_again
from bot.archive.tables import reviews

# The most bans in one list.
LISTED = 50


class BanKind(StrEnum):
    """Whether a banned author is informed."""

    OPEN = "open"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban; `number` is the review that led to it."""

    user_id: int
    kind: BanKind
    number: int
    at_ms: int


class Bans:
    """Reads and writes bans, at most one for each person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def put(self, ban: Ban, by_id: int | None) -> None:
        """Store a ban in place of an earlier one; the author's cards become stale."""
        values = {
            "is_silent": ban.kind is BanKind.SILENT,
            "by_id": by_id,
            "number": ban.number,
            "at_ms": ban.at_ms,
        }
        statement = self._insert(bans).values(user_id=ban.user_id, **values)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
            )
            await show_author_again(connection, ban.user_id)

    async def lift(self, user_id: int) -> bool:
        """Delete a person's ban, and mark their cards as stale; return False if there is none."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(bans).where(bans.c.user_id == user_id))
            if result.rowcount == 1:
                await show_author_again(connection, user_id)
        return result.rowcount == 1

    async def of(self, user_id: int) -> Ban | None:
        """Return a person's ban."""
        found = await self._many(bans.c.user_id == user_id, 1)
        return found[0] if found else None

    async def by_number(self, number: int) -> Ban | None:
        """Return the ban that a review led to; the review may be erased."""
        found = await self._many(bans.c.number == number, 1)
        return found[0] if found else None

    async def newest(self) -> list[Ban]:
        """Return the newest bans, the latest first."""
        return await self._many(bans.c.user_id.is_not(None), LISTED)

    async def _many(self, where: ColumnElement[bool], limit: int) -> list[Ban]:
        query = select(bans).where(where).order_by(bans.c.at_ms.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Ban(
                row.user_id,
                BanKind.SILENT if row.is_silent else BanKind.OPEN,
                row.number,
                row.at_ms,
            )
            for row in rows
        ]


def is_heard() -> ColumnElement[bool]:
    """Return the condition that the author of a review is not silently banned."""
    silent = exists().where(bans.c.user_id == reviews.c.user_id, bans.c.is_silent)
    return ~silent.correlate(reviews)
