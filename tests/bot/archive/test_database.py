import asyncio
import re
import threading
from pathlib import Path
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import private_tables
from bot.archive.address import Address
from bot.archive.database import migrate, open_database, unmigrated_engine
from bot.archive.reviews import Reviews
from bot.archive.tables import metadata, reviews
from bot.errors import BadArchive
from tests.bot.postgres import PostgresServer
from tests.bot.samples import SEAL


def difference(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_create_the_tables_that_the_code_uses(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    assert private_tables.exports.name in metadata.tables
    assert tables == {*metadata.tables, "alembic_version"}


async def test_an_archive_of_the_current_version_is_opened_unchanged(database_url: str) -> None:
    for language in ("ru", "en"):
        engine = await open_database(database_url)
        async with engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO people VALUES (:id, :language)"),
                {"id": len(language) + ord(language[0]), "language": language},
            )
            count = await connection.scalar(text("SELECT count(*) FROM people"))
        await engine.dispose()
    assert count == 2


async def test_a_new_data_folder_is_accessible_only_to_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "not" / "yet" / "archive.db"
    engine = await open_database(f"sqlite+aiosqlite:///{file}")
    await engine.dispose()
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.is_file()


async def test_the_sqlite_path_may_contain_a_percent_sign(tmp_path: Path) -> None:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path}/100%/archive.db")
    await engine.dispose()
    assert (tmp_path / "100%" / "archive.db").is_file()


async def test_sqlite_uses_durable_writes_and_secure_delete(
    sqlite_engine: AsyncEngine,
) -> None:
    async with sqlite_engine.connect() as first, sqlite_engine.connect() as second:
        for connection in (first, second):
            said = {
                name: await connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
            assert said == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
            }


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "of DATABASE_URL: Could not parse"),
        ("sqlite:///{folder}/a.db", "must begin with sqlite+aiosqlite://"),
        ("sqlite+aiosqlite:///{folder}/garbage", "file is not a database"),
        ("sqlite+aiosqlite:///{folder}/garbage/a.db", "File exists"),
        ("sqlite+aiosqlite:///{folder}", "unable to open database file"),
        ("mysql+aiomysql://x/y", "must begin with sqlite+aiosqlite://"),
        ("postgresql+asyncpg://me:hunter2@127.0.0.1:1/x", "Connect call failed"),
    ],
)
async def test_a_database_that_cannot_be_opened_gives_a_one_line_error(
    tmp_path: Path, url: str, reason: str
) -> None:
    (tmp_path / "garbage").write_bytes(b"this is no database" * 100)
    with pytest.raises(BadArchive, match=re.escape(reason)) as caught:
        await open_database(url.format(folder=tmp_path))
    await _threads_ended()
    said = str(caught.value)
    assert said.startswith("archive ")
    assert "\n" not in said
    assert "hunter2" not in said


async def _threads_ended() -> None:
    """Outlive the driver's thread, which reports to this loop even after its connecting failed."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


async def test_a_refused_postgresql_connection_gives_a_one_line_error(
    postgres: PostgresServer,
) -> None:
    url = postgres.emptied()
    for wrong in (url.replace("/postgres?", "/nothing?"), url.replace("test@", "nobody@")):
        with pytest.raises(BadArchive, match="does not exist") as caught:
            await open_database(wrong)
        assert "\n" not in str(caught.value)


async def test_the_error_for_an_archive_of_a_later_version_names_that_version(
    database_url: str,
) -> None:
    engine = await open_database(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(BadArchive, match="9999"):
        await open_database(database_url)


async def test_migrating_twice_changes_nothing(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
        assert await connection.run_sync(difference) == []


REVIEW_OF_0001 = text(
    "INSERT INTO reviews (review_id, form_id, user_id, chat_id, message_id, language, rating, tags,"
    " sealed_text, source, accepted_ms, publishes, rang) VALUES (:review_id, 'form', 5, 5, 7, 'ru',"
    " 3, :tags, :sealed_text, '', 1, 0, :rang)"
)


async def test_an_archive_of_the_first_version_is_migrated_without_loss(
    database_url: str,
) -> None:
    address = Address(database_url)
    if address.file is not None:
        address.file.parent.mkdir()
    old = unmigrated_engine(address)
    async with old.begin() as connection:
        await connection.run_sync(migrate, "0001")
        assert "groups" not in await connection.run_sync(lambda c: inspect(c).get_table_names())
        values = {
            "review_id": str(UUID(int=9)),
            "tags": '["PRICE"]',
            "sealed_text": SEAL.close("дорого".encode()),
            "rang": False,
        }
        await connection.execute(REVIEW_OF_0001, values)
    await old.dispose()

    engine = await open_database(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    review = await Reviews(engine, SEAL).by_number(1)
    await engine.dispose()

    assert review is not None
    assert (review.review_id, review.text, review.tags) == (UUID(int=9), "дорого", ("PRICE",))


async def test_the_error_for_an_archive_of_a_later_version_names_the_remedy(
    database_url: str,
) -> None:
    engine = await open_database(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(BadArchive, match="a newer version created it: run that one, or restore"):
        await open_database(database_url)


def test_the_password_setting_applies_to_a_server_url_without_a_password() -> None:
    base = "postgresql+asyncpg://triage@postgres/triage"
    assert Address(base, "p w").url.password == "p w"
    assert Address(base.replace("@", ":own@"), "p w").url.password == "own"
    assert Address("sqlite+aiosqlite:///data/triage.db", "p w").url.password is None
    assert "p w" not in str(Address(base, "p w"))


async def test_replicas_that_start_together_create_the_tables_once(postgres_url: str) -> None:
    engines = await asyncio.gather(*(open_database(postgres_url) for _ in range(4)))
    for engine in engines:
        async with engine.connect() as connection:
            assert await connection.scalar(select(func.count()).select_from(reviews)) == 0
        await engine.dispose()
