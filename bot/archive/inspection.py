"""Reads an archive of any version without changing it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.address import Address
from bot.archive.database import unmigrated_engine
from bot.archive.groups import MODERATORS
from bot.archive.tables import groups, reviews
from bot.errors import BadArchive
from triage.atomic_file import is_writable


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: a sealed text to try the key on, and the group that is connected."""

    newest_sealed: bytes | None = None
    moderators_chat_id: int | None = None


async def contents(url: str, password: str | None) -> Contents:
    """Return what the archive holds, empty if it does not exist yet; raises BadArchive."""
    address = Address(url, password)
    if address.file is not None and not address.file.exists():
        if is_writable(address.file.parent):
            return Contents()
        raise BadArchive(f"archive {address}: its folder cannot be written; name another")
    with address.translated():
        async with _connected(address) as connection:
            tables = await connection.run_sync(_tables)
            newest = select(reviews.c.sealed_text).order_by(reviews.c.number.desc()).limit(1)
            group = select(groups.c.chat_id).where(groups.c.role == MODERATORS)
            return Contents(
                await connection.scalar(newest) if reviews.name in tables else None,
                await connection.scalar(group) if groups.name in tables else None,
            )


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[AsyncConnection]:
    engine = unmigrated_engine(address)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())
