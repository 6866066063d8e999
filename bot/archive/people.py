"""The people in the archive: the language that each person chose."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import people
from triage.review import LANGUAGES, Language


class People:
    """The chosen languages. People who never chose one have no row."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def language(self, user_id: int) -> Language | None:
        """Return the language that the person chose."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(
                select(people.c.language).where(people.c.user_id == user_id)
            )
        return next((language for language in LANGUAGES if language == found), None)

    async def choose_language(self, user_id: int, language: Language) -> None:
        """Store the language that the person chose."""
        statement = self._insert(people).values(user_id=user_id, language=language)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["user_id"], set_={"language": language}
                )
            )
