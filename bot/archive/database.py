"""Opens the database and migrates its tables to this version."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.archive.address import Address

# What the archive raises if its database is unreachable or refuses a statement.
DATABASE_ERRORS = (SQLAlchemyError, OSError)

# The number of a PostgreSQL advisory lock; no other lock of this database uses it.
_MIGRATING = 7_418_244

# The page cache of each connection to SQLite, in KiB.
PAGE_CACHE_KIB = 500

_MIGRATIONS = Path(__file__).with_name("migrations")


async def open_database(url: str | URL, password: str | None = None) -> AsyncEngine:
    """
    Return an engine whose tables are those of this version.

    `url` is an SQLAlchemy URL with an async driver; `password` is used if the URL of a server has
    none. Raises BadArchive with the reason in one line.
    """
    address = Address(url, password)
    with address.translated():
        return await _opened(address)


async def _opened(address: Address) -> AsyncEngine:
    if address.file is not None:
        make_folder(address.file.parent)
        _make_private(address.file)
    engine = unmigrated_engine(address)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                # Replicas that start at the same time must not create the same tables twice.
                await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
            await connection.run_sync(migrate)
    except BaseException:
        await engine.dispose()
        raise
    return engine


def make_folder(folder: Path) -> None:
    """Create a missing folder for the archive, private because only the texts are encrypted."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _make_private(file: Path) -> None:
    """Create the database file for its owner only; SQLite gives its logs the same permissions."""
    file.touch(mode=0o600)
    if file.stat().st_mode & 0o077:
        with suppress(PermissionError):  # the file belongs to another user
            file.chmod(0o600)


def unmigrated_engine(address: Address) -> AsyncEngine:
    """Return an engine that does not migrate: a backup may be in a read-only place."""
    return create_async_engine(address.url, hide_parameters=True)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Upgrade the tables to `revision` within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Readers do not wait for a writer, and a row that was accepted survives a power cut.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    # Overwrite deleted rows, so that no bytes of an erased text remain in the file.
    cursor.execute("PRAGMA secure_delete=ON")
    # The default keeps 2 MB of pages for each connection. The operating system caches the file too.
    cursor.execute(f"PRAGMA cache_size=-{PAGE_CACHE_KIB}")
    cursor.close()
