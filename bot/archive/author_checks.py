"""
What authors say about the answers to their own reviews: right or wrong, and the right class.

They are stored apart from labels: an author's opinion is not a moderator's judgement and never
settles a review.
"""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import author_checks

# What `about` holds for "something else"; no taxonomy has a negative class id.
SOMETHING_ELSE = -1


@dataclass(frozen=True, slots=True)
class AuthorCheck:
    """An author's opinion; `about` is a class, SOMETHING_ELSE, or None if they did not say."""

    is_right: bool
    about: int | None
    at_ms: int


class AuthorChecks:
    """Reads and writes authors' opinions, one for each review; a later one replaces it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def put(self, number: int, check: AuthorCheck) -> AuthorCheck | None:
        """
        Store an author's opinion, and return what is stored; None if the review was erased.

        The same opinion again changes nothing, so the stored one keeps its time.
        """
        values = {"is_right": check.is_right, "about": check.about, "at_ms": check.at_ms}
        differs = or_(
            author_checks.c.is_right.is_distinct_from(check.is_right),
            author_checks.c.about.is_distinct_from(check.about),
        )
        statement = self._insert(author_checks).values(number=number, **values)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["number"], set_=values, where=differs
                    )
                )
        except IntegrityError:
            return None
        return await self.of(number)

    async def of(self, number: int) -> AuthorCheck | None:
        """Return the opinion of a review's author."""
        query = select(author_checks).where(author_checks.c.number == number)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else AuthorCheck(row.is_right, row.about, row.at_ms)
