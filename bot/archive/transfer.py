"""
Copies a whole archive from one database to another, SQLite or PostgreSQL.

Both have the tables of this version. Texts are copied encrypted: no key is needed.
"""

from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.author_tables import photos
from bot.archive.dialogue_tables import canned, dialogue
from bot.archive.private_tables import exports
from bot.archive.tables import events, labels, metadata, reviews

# How many rows are in memory at a time; a row is about a kilobyte.
CHUNK = 500


async def copy_archive(source: AsyncEngine, target: AsyncEngine) -> int:
    """Copy all tables to the empty `target` in one transaction; return the number of reviews."""
    async with source.connect() as reading, target.begin() as writing:
        if source.dialect.name == "postgresql":  # a consistent snapshot of all tables
            await reading.execution_options(isolation_level="REPEATABLE READ")
        counts = {
            table.name: await _copy(table, reading, writing) for table in metadata.sorted_tables
        }
        await _continue_numbers(reading, writing)
        await _continue_ids(writing)
    return counts[reviews.name]


async def _copy(table: Table, reading: AsyncConnection, writing: AsyncConnection) -> int:
    count = 0
    async with reading.stream(select(table)) as rows:
        async for chunk in rows.mappings().partitions(CHUNK):
            values: list[dict[str, Any]] = [dict(row) for row in chunk]
            await writing.execute(insert(table), values)
            count += len(values)
    return count


async def _continue_numbers(reading: AsyncConnection, writing: AsyncConnection) -> None:
    """Continue the numbering of reviews: the number of an erased one is never reused."""
    last = await reading.scalar(_LAST[reading.dialect.name])
    if last:
        for statement in _GO_ON[writing.dialect.name]:
            await writing.execute(statement, {"last": int(last)})


async def _continue_ids(writing: AsyncConnection) -> None:
    """Continue the ids of PostgreSQL's other sequences; SQLite continues them by itself."""
    if writing.dialect.name == "postgresql":
        for column in _IDS:
            last = await writing.scalar(select(func.max(column)))
            if last is not None:
                sequence = func.pg_get_serial_sequence(column.table.name, column.name)
                await writing.execute(select(func.setval(sequence, last)))


_IDS = (
    events.c.event_id,
    labels.c.label_id,
    dialogue.c.id,
    canned.c.id,
    exports.c.export_id,
    photos.c.id,
)

_SEQUENCE = "pg_get_serial_sequence('reviews', 'number')"

_LAST = {
    "sqlite": text("SELECT seq FROM sqlite_sequence WHERE name = 'reviews'"),
    "postgresql": text("SELECT last_value FROM reviews_number_seq WHERE is_called"),
}
_GO_ON = {
    # The copied rows have created a row there; without any review there is none.
    "sqlite": (
        text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'reviews'"),
        text(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'reviews', :last"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reviews')"
        ),
    ),
    "postgresql": (text(f"SELECT setval({_SEQUENCE}, :last)"),),
}
