"""What tests of the bot share: an archive on each database, a bot that talks to nobody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.database import open_database
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.delivery.card_sender import CardSender
from tests.bot.fake_telegram import Telegram
from tests.bot.group import card_sender_of
from tests.bot.painter import Painter
from tests.bot.post import Post
from tests.bot.samples import SEAL
from tests.conftest import CopyArchive
from triage.queue.streams import Connections

# A busy machine makes single examples slow; the whole test has a time-out.
settings.register_profile("bot", deadline=None)
settings.load_profile("bot")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of an SQLite database that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/archive.db"


def file_of(sqlite_url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(sqlite_url.partition("///")[2])


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test twice, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def engine(database_url: str, copy_archive: CopyArchive) -> AsyncIterator[AsyncEngine]:
    """Yield an archive with its tables; the test runs twice."""
    if database_url.startswith("sqlite"):
        copy_archive(file_of(database_url))
    engine = await open_database(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def sqlite_engine(sqlite_url: str, copy_archive: CopyArchive) -> AsyncIterator[AsyncEngine]:
    """Yield an archive with its tables, for tests of what uses it."""
    copy_archive(file_of(sqlite_url))
    engine = await open_database(sqlite_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def archive(engine: AsyncEngine) -> Reviews:
    """Return an empty archive of reviews; the test runs twice."""
    return Reviews(engine, SEAL)


@pytest.fixture
def people(engine: AsyncEngine) -> People:
    """Return an empty archive of people; the test runs twice."""
    return People(engine)


@pytest.fixture
def reviews(sqlite_engine: AsyncEngine) -> Reviews:
    """Return an empty archive of reviews, for tests of what uses it."""
    return Reviews(sqlite_engine, SEAL)


@pytest.fixture
def telegram() -> Telegram:
    """Return a Telegram that accepts everything until a test says otherwise."""
    return Telegram()


@pytest.fixture
def bot(telegram: Telegram) -> Bot:
    """Return a bot whose calls all go to `telegram`."""
    return Bot("123456:TEST", session=telegram)


@pytest.fixture
def painter() -> Painter:
    """Return what draws in place of the drawing processes."""
    return Painter()


@pytest.fixture
def post(bot: Bot, reviews: Reviews, fake_connections: Connections) -> Post:
    """Return answers at work."""
    return Post(bot, reviews, fake_connections)


@pytest.fixture
def card_sender(bot: Bot, reviews: Reviews, painter: Painter) -> CardSender:
    """Return a sender of cards to `GROUP`."""
    return card_sender_of(bot, reviews, painter)
