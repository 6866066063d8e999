"""The moderators' group in the archive: the chat that was connected from within Telegram."""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import groups

MODERATORS = "moderators"


class Groups:
    """The connected group. There is at most one; a second one never replaces it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def moderators(self) -> int | None:
        """Return the chat id of the group, None if no group is connected."""
        query = select(groups.c.chat_id).where(groups.c.role == MODERATORS)
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def connect(self, chat_id: int, now_ms: int) -> bool:
        """Store the group; return False if a group is connected already."""
        row = {"role": MODERATORS, "chat_id": chat_id, "connected_ms": now_ms}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(groups).values(row))
        except IntegrityError:
            return False
        return True

    async def moved(self, chat_id: int, new_chat_id: int) -> bool:
        """Replace the group's id by that of its supergroup; return False if it is not stored."""
        statement = update(groups).where(groups.c.chat_id == chat_id).values(chat_id=new_chat_id)
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1
