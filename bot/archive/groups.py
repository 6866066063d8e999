"""What the archive keeps of the moderators' group: which one was connected from within Telegram."""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import groups

MODERATORS = "moderators"


class Groups:
    """The connected group. There is one or none; a second is never put in its place."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def moderators(self) -> int | None:
        """Return the chat id of the group, None where none is connected."""
        query = select(groups.c.chat_id).where(groups.c.role == MODERATORS)
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def connect(self, chat_id: int, now_ms: int) -> bool:
        """Keep the group; return False where one is connected already."""
        row = {"role": MODERATORS, "chat_id": chat_id, "connected_ms": now_ms}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(groups).values(row))
        except IntegrityError:
            return False
        return True

    async def moved(self, chat_id: int, new_chat_id: int) -> bool:
        """Keep the id that the group got as a supergroup; return False where it is not kept."""
        statement = update(groups).where(groups.c.chat_id == chat_id).values(chat_id=new_chat_id)
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1
