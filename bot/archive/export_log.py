"""Which reviews are in which exported files, so that an erasure can name the files."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.personal_data import is_theirs
from bot.archive.private_tables import exported, exports
from bot.archive.tables import reviews


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """
    A file with labels for training, made at `made_ms`.

    `message_id` shows it in the private chat of `by_id`; both are None if the command line wrote
    it. `message_id` is also None while the file is being sent.
    """

    export_id: int
    by_id: int | None
    message_id: int | None
    made_ms: int


class ExportLog:
    """Reads and writes what was exported."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, numbers: Sequence[int], by_id: int | None, now_ms: int) -> int | None:
        """Store that a file with these reviews is made; None if one of them was erased."""
        values = {"by_id": by_id, "message_id": None, "made_ms": now_ms}
        try:
            async with self._engine.begin() as connection:
                added = insert(exports).values(values).returning(exports.c.export_id)
                export_id = int((await connection.execute(added)).scalar_one())
                rows = [{"export_id": export_id, "number": number} for number in numbers]
                await connection.execute(insert(exported), rows)
        except IntegrityError:
            return None
        return export_id

    async def sent(self, export_id: int, message_id: int) -> int:
        """Store the file's message; return how many of its reviews have not been erased."""
        is_it = exports.c.export_id == export_id
        count = select(func.count()).where(exported.c.export_id == export_id)
        async with self._engine.begin() as connection:
            await connection.execute(update(exports).where(is_it).values(message_id=message_id))
            return int(await connection.scalar(count) or 0)

    async def drop(self, export_id: int) -> None:
        """Delete the record of a file that does not exist."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(exports).where(exports.c.export_id == export_id))

    async def with_reviews_of(self, user_id: int, up_to: int | None = None) -> list[ExportedFile]:
        """Return the files that hold a review of this person, up to a number; oldest first."""
        theirs = select(reviews.c.number).where(is_theirs(user_id, up_to))
        holding = select(exported.c.export_id).where(exported.c.number.in_(theirs))
        chosen = select(exports).where(exports.c.export_id.in_(holding))
        async with self._engine.connect() as connection:
            rows = await connection.execute(chosen.order_by(exports.c.export_id))
            return [ExportedFile(**row._mapping) for row in rows]

    async def with_expired(self, limit: int) -> list[ExportedFile]:
        """Return files in private chats with a review whose text was deleted for its age."""
        gone = select(reviews.c.number).where(reviews.c.expired_ms.is_not(None))
        holding = select(exported.c.export_id).where(exported.c.number.in_(gone))
        query = select(exports).where(
            exports.c.message_id.is_not(None), exports.c.export_id.in_(holding)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.limit(limit))
            return [ExportedFile(**row._mapping) for row in rows]

    async def unsent(self, export_id: int) -> None:
        """Store that the file's message was deleted; copies of the file may remain."""
        is_it = exports.c.export_id == export_id
        async with self._engine.begin() as connection:
            await connection.execute(update(exports).where(is_it).values(message_id=None))

    async def times_of(self, user_id: int) -> dict[int, list[int]]:
        """Return when files with each review of this person were made, by its number."""
        query = (
            select(exported.c.number, exports.c.made_ms)
            .join(exports, exports.c.export_id == exported.c.export_id)
            .join(reviews, reviews.c.number == exported.c.number)
            .where(reviews.c.user_id == user_id)
            .order_by(exports.c.export_id)
        )
        found: dict[int, list[int]] = defaultdict(list)
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                found[row.number].append(row.made_ms)
        return found
