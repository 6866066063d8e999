"""Which review a person's next message answers: stored after a tap on Reply."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.dialogue_tables import answering
from bot.archive.erasure_store import is_being_erased
from bot.archive.moments import is_reached
from bot.archive.tables import reviews


class Answering:
    """The reviews that people answer at the moment, one for each person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def begin(self, user_id: int, number: int, until_ms: int) -> bool:
        """Let the person's messages answer a review until `until_ms`; False if it is erased."""
        values = {"number": number, "until_ms": until_ms}
        statement = self._insert(answering).values(user_id=user_id, **values)
        stays = select(reviews.c.number).where(reviews.c.number == number, ~is_being_erased())
        try:
            async with self._engine.begin() as connection:
                if await connection.scalar(stays) is None:
                    return False
                await connection.execute(
                    statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
                )
        except IntegrityError:
            return False
        return True

    async def number(self, user_id: int, now_ms: int, longest_ms: int) -> int | None:
        """Return the review that the person answers now; no entry is valid beyond `longest_ms`."""
        ended = is_reached(answering.c.until_ms, now_ms, longest_ms)
        query = select(answering.c.number).where(answering.c.user_id == user_id, ~ended)
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def end(self, user_id: int) -> None:
        """Let the person's messages answer no review."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(answering).where(answering.c.user_id == user_id))
