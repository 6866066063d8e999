"""python -m bot doctor and health, where a write is refused: each names the remedy."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.archive import inspection
from bot.archive.database import open_database
from bot.archive.groups import Groups, TopicRefusal
from tests.console import Run
from tests.redis_server import RedisServer
from tests.refused_writes import REDIS_REFUSALS, full_disk

pytestmark = pytest.mark.redis

GROUP, TOPIC = -1001, 7


def lines_of_both(run: Run, **settings: str) -> Iterator[tuple[int, list[str]]]:
    """Yield exit code and lines of each command that checks the installation."""
    yield from (run(command, **settings) for command in ("doctor", "health"))


@pytest.fixture
def sqlite_archive(tmp_path: Path) -> str:
    """Return the URL of an archive that is not open."""
    url = f"sqlite+aiosqlite:///{tmp_path}/data/a.db"
    asyncio.run(_migrated(url))
    return url


@pytest.mark.parametrize("refusal", REDIS_REFUSALS)
def test_doctor_and_health_name_the_remedy_if_redis_refuses_writes(
    run: Run, own_redis: RedisServer, refusal: str
) -> None:
    spoil, remedy = REDIS_REFUSALS[refusal]
    with Redis.from_url(own_redis.url) as client:
        spoil(own_redis, client)
    for code, lines in lines_of_both(run, redis_url=own_redis.url):
        assert code == 1
        assert any(remedy in line for line in lines), lines


def test_doctor_and_health_name_the_remedy_if_postgresql_is_read_only(
    run: Run, redis_url: str, postgres_url: str
) -> None:
    asyncio.run(_migrated(postgres_url))
    asyncio.run(_set_read_only(postgres_url, "on"))
    try:
        for code, lines in lines_of_both(run, redis_url=redis_url, database_url=postgres_url):
            assert code == 1
            assert any("point DATABASE_URL to the primary" in line for line in lines), lines
    finally:
        asyncio.run(_set_read_only(postgres_url, "off"))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to the archive or beside it."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (folder / "a.db").chmod(0o400)
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


@contextmanager
def nearly_full(_: Path) -> Iterator[None]:
    """Have less free space than is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "LEAST_FREE_BYTES", 2**80)
        yield


SQLITE_REFUSALS: dict[str, tuple[Callable[[Path], AbstractContextManager[None]], str]] = {
    "full": (lambda _: full_disk(), "free space there, or check the disk"),
    "nearly full": (nearly_full, "MB left; free space there"),
    "read-only": (read_only, f"let user {os.getuid()} write there"),
}


@pytest.mark.parametrize("refusal", SQLITE_REFUSALS)
def test_doctor_and_health_name_the_remedy_if_sqlite_refuses_writes(
    run: Run, redis_url: str, sqlite_archive: str, tmp_path: Path, refusal: str
) -> None:
    refusing, remedy = SQLITE_REFUSALS[refusal]
    with refusing(tmp_path / "data"):
        found = list(lines_of_both(run, redis_url=redis_url, database_url=sqlite_archive))
    for code, lines in found:
        assert code == 1
        assert any(remedy in line and "archive" in line for line in lines), lines


@pytest.mark.parametrize("refusal", TopicRefusal)
def test_health_names_the_remedy_if_the_topic_refuses_cards(
    run: Run, redis_url: str, sqlite_archive: str, refusal: TopicRefusal
) -> None:
    asyncio.run(_refuse_topic(sqlite_archive, refusal))
    _, [line] = run("health", redis_url=redis_url, database_url=sqlite_archive)
    assert f"its topic is {refusal}, so cards go to General" in line
    assert "send /connect in the topic where they should appear" in line
    _, [line] = run("health", moderators_chat_id="-1002")
    assert "its topic is" not in line, "the setting names another group"


async def _refuse_topic(url: str, refusal: TopicRefusal) -> None:
    engine = await open_database(url)
    await Groups(engine).connect(GROUP, 1, TOPIC)
    await Groups(engine).refuse_topic(GROUP, TOPIC, refusal)
    await engine.dispose()


async def _set_read_only(url: str, value: str) -> None:
    """Let the database refuse writes, or take them, from its next connection on."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("SET default_transaction_read_only = off"))
        await connection.commit()
        name = await connection.scalar(text("SELECT current_database()"))
        statement = f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'
        await connection.execute(text(statement))
        await connection.commit()
    await engine.dispose()


async def _migrated(url: str) -> None:
    await (await open_database(url)).dispose()
