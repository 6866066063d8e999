"""Reads an archive of any version without changing it."""

import shutil
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, exists, inspect, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.address import Address
from bot.archive.database import unmigrated_engine
from bot.archive.groups import MODERATORS, GroupPlace, place_of
from bot.archive.tables import groups, metadata, reviews
from bot.errors import BadArchive
from triage.atomic_file import is_writable

# SQLite's log alone grows to 4 MB; with less than this the archive soon refuses reviews.
LEAST_FREE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive contains: an encrypted text to test the key, and the connected group."""

    newest_sealed: bytes | None = None
    moderators: GroupPlace | None = None


async def contents(url: str | URL, password: str | None) -> Contents:
    """Return the archive's contents, empty if it does not exist yet; raises BadArchive."""
    address = Address(url, password)
    if _is_missing(address):
        return Contents()
    with address.translated():
        async with _connected(address) as connection:
            tables = await connection.run_sync(_tables)
            newest = select(reviews.c.sealed_text).order_by(reviews.c.number.desc()).limit(1)
            return Contents(
                await connection.scalar(newest) if reviews.name in tables else None,
                await _moderators(connection, tables.get(groups.name, frozenset())),
            )


async def filled_tables(url: str, password: str | None) -> list[str]:
    """Return the names of the tables that have rows, none if the archive does not exist yet."""
    address = Address(url, password)
    if _is_missing(address):
        return []
    with address.translated():
        async with _connected(address) as connection:
            stored = await connection.run_sync(_tables)
            return [
                table.name
                for table in metadata.sorted_tables
                if table.name in stored
                and await connection.scalar(select(exists().select_from(table)))
            ]


async def check_writable(url: str, password: str | None) -> None:
    """
    Commit a write that changes nothing; raises BadArchive with the remedy.

    Does nothing if the archive does not exist yet.
    """
    address = Address(url, password)
    if address.file is not None and not address.file.exists():
        return
    _check_free_space(address)
    with address.translated():
        async with _connected(address) as connection:
            await _write_nothing(connection)


async def check_open_archive(engine: AsyncEngine) -> None:
    """Commit a write that changes nothing to an open archive; raises BadArchive with the remedy."""
    with Address(engine.url.render_as_string(hide_password=False)).translated():
        async with engine.connect() as connection:
            await _write_nothing(connection)


def _is_missing(address: Address) -> bool:
    """Return whether the archive does not exist yet; BadArchive if it cannot be created."""
    if address.file is None or address.file.exists():
        return False
    if is_writable(address.file.parent):
        return True
    raise BadArchive(f"archive {address}: its folder cannot be written; name another")


def _check_free_space(address: Address) -> None:
    if address.file is None:
        return
    free = shutil.disk_usage(address.file.parent).free
    if free < LEAST_FREE_BYTES:
        raise BadArchive(
            f"archive {address}: its disk has only {free / 2**20:.0f} MB left; free space there"
        )


async def _write_nothing(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        # This writes the first page, for any version.
        version = await connection.scalar(text("PRAGMA user_version"))
        await connection.execute(text(f"PRAGMA user_version = {int(version or 0)}"))
    elif groups.name in await connection.run_sync(_tables):
        await connection.execute(update(groups).values(role=groups.c.role))
    await connection.commit()


async def _moderators(connection: AsyncConnection, stored: Set[str]) -> GroupPlace | None:
    """Return the connected group; an older table lacks some columns."""
    if not stored:
        return None
    wanted = (groups.c.chat_id, groups.c.thread_id, groups.c.topic_refusal)
    columns = [column if column.name in stored else null() for column in wanted]
    query = select(*columns).where(groups.c.role == MODERATORS)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else place_of(*row)


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[AsyncConnection]:
    engine = unmigrated_engine(address)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _tables(connection: Connection) -> Mapping[str, Set[str]]:
    """Return the names of the tables, each with the names of its columns."""
    found = inspect(connection)
    return {
        table: {column["name"] for column in found.get_columns(table)}
        for table in found.get_table_names()
    }
