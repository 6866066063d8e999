"""What databases say when they refuse, each with its remedy in the same line."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.archive.address import Address
from bot.errors import BadArchive


async def _create_table(address: Address, connection: AsyncConnection) -> None:
    with address.translated():
        await connection.execute(text("CREATE TABLE grows (x)"))


async def test_the_error_for_a_full_sqlite_disk_names_the_remedy(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    engine = create_async_engine(sqlite_url)
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1"))
        with pytest.raises(BadArchive, match=r"disk is full; free space there$"):
            await _create_table(Address(sqlite_url), connection)
    await engine.dispose()


async def test_the_error_for_a_locked_sqlite_file_names_the_remedy(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    engine = create_async_engine(sqlite_url, connect_args={"timeout": 0})
    holder = sqlite3.connect(tmp_path / "data" / "archive.db")
    holder.execute("BEGIN EXCLUSIVE")
    async with engine.connect() as connection:
        with pytest.raises(BadArchive, match=r"stop the other writer, or try again$"):
            await _create_table(Address(sqlite_url), connection)
    holder.close()
    await engine.dispose()


@pytest.mark.parametrize(
    "url", ["mysql://me:hunter2@db/x", "postgresql://me:hunter2@db/x", "sqlite:///data/x.db"]
)
def test_a_database_or_driver_that_is_not_supported_is_refused(url: str) -> None:
    with pytest.raises(BadArchive) as caught:
        Address(url)
    assert str(caught.value).endswith(
        ": DATABASE_URL must begin with sqlite+aiosqlite:// or postgresql+asyncpg://"
    )
    assert "hunter2" not in str(caught.value)


def test_a_port_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadArchive, match=r"^archive of DATABASE_URL: .*; correct DATABASE_URL$"):
        Address("postgresql+asyncpg://me@db:abc/x")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(30, "Read-only file system"), "name a writable place"),
        (SQLAlchemyError("could not extend file: No space left on device"), "free space there"),
    ],
)
def test_disk_errors_name_the_remedy_but_not_the_password(error: Exception, remedy: str) -> None:
    address = Address("postgresql+asyncpg://me:hunter2@127.0.0.1/x")
    with pytest.raises(BadArchive) as caught, address.translated():
        raise error
    assert str(caught.value).endswith(f"; {remedy}")
    assert "hunter2" not in str(caught.value)
