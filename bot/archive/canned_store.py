"""Prepared answers of the moderators, by class."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, insert, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.dialogue_records import CannedAnswer
from bot.archive.dialogue_tables import canned
from triage.sealing import Seal


class CannedAnswers:
    """Reads and writes prepared answers, encrypted like everything that people write."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def add(self, class_id: int | None, text: str) -> int:
        """Store an answer for one class or (None) for every class; return its id."""
        sealed = self._seal.close(text.encode())
        async with self._engine.begin() as connection:
            result = await connection.execute(
                insert(canned).values(class_id=class_id, sealed_text=sealed)
            )
        assert result.inserted_primary_key is not None, "an insert of one row returns its key"
        return int(result.inserted_primary_key[0])

    async def remove(self, canned_id: int) -> bool:
        """Delete an answer; return False if there is none with this id."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(canned).where(canned.c.id == canned_id))
        return result.rowcount == 1

    async def all(self) -> list[CannedAnswer]:
        """Return all answers in the order in which they were added."""
        return await self._many(true())

    async def by_id(self, canned_id: int) -> CannedAnswer | None:
        """Return one answer."""
        found = await self._many(canned.c.id == canned_id)
        return found[0] if found else None

    async def suggested(self, classes: Collection[int], limit: int) -> list[CannedAnswer]:
        """Return answers for these classes, followed by those for every class."""
        fits = await self._many(canned.c.class_id.in_(classes))
        general = await self._many(canned.c.class_id.is_(None))
        return [*fits, *general][:limit]

    async def _many(self, where: ColumnElement[bool]) -> list[CannedAnswer]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(canned).where(where).order_by(canned.c.id))
            return [
                CannedAnswer(row.id, row.class_id, self._seal.open(row.sealed_text).decode())
                for row in rows
            ]
