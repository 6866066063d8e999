"""When the bot wrote to a group about a dialogue, so that all replicas keep the group's pace."""

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import group_writes

# Telegram counts the messages of a minute; older ones are deleted.
KEPT_MS = 3_600_000


class GroupWrites:
    """Stores writes to groups; `Reviews.shown_since` counts them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, chat_id: int, now_ms: int) -> None:
        """Store one write."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(group_writes).where(group_writes.c.at_ms < now_ms - KEPT_MS)
            )
            await connection.execute(insert(group_writes).values(chat_id=chat_id, at_ms=now_ms))
