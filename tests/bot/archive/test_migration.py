"""An archive that was in use for long is brought to this version; the seconds are logged."""

import hashlib
import logging
import time
from uuid import UUID

from sqlalchemy import Connection, MetaData, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.address import Address
from bot.archive.database import migrate, open_database, unmigrated_engine
from bot.archive.reviews import Reviews
from tests.bot.samples import SEAL, probabilities

logger = logging.getLogger(__name__)

REVIEWS = 10_000

# The version before the moderators' desk.
BEFORE = "0003"

# Sealing each text anew would take longer than all else.
TEXTS = [SEAL.close(f"Отзыв {number}: курьер опоздал".encode()) for number in range(100)]


def fill(connection: Connection) -> None:
    """Store reviews with their answers and cards, a tenth of them still without both."""
    tables = MetaData()
    tables.reflect(connection)
    numbers, answered = range(1, REVIEWS + 1), range(1, REVIEWS * 9 // 10 + 1)
    connection.execute(insert(tables.tables["reviews"]), [review(number) for number in numbers])
    connection.execute(insert(tables.tables["outcomes"]), [outcome(number) for number in answered])
    cards = [
        {"chat_id": -100, "message_id": number, "number": number, "digest": number % 7 == 0}
        for number in answered
    ]
    connection.execute(insert(tables.tables["cards"]), cards)


def review(number: int) -> dict[str, object]:
    """Return a row as the earlier version stored it."""
    is_answered = number <= REVIEWS * 9 // 10
    return {
        "number": number,
        "review_id": str(UUID(int=number)),
        "form_id": f"form {number}",
        "user_id": 1000 + number % 3000,
        "chat_id": 1000 + number % 3000,
        "message_id": number,
        "language": "ru",
        "rating": number % 6,
        "tags": ["PRICE"] if number % 2 else [],
        "sealed_text": TEXTS[number % len(TEXTS)],
        "source": "",
        "accepted_ms": 1_700_000_000_000 + number,
        "publishes": 1,
        "rang": False,
        "answered_ms": 1_700_000_001_000 + number if is_answered else None,
        "carded_ms": 1_700_000_002_000 + number if is_answered else None,
    }


def outcome(number: int) -> dict[str, object]:
    """Return the row of an answer."""
    return {
        "number": number,
        "model": "linear",
        "model_version": "1",
        "probabilities": list(probabilities((3, 0.8))),
        "classes": [3],
        "rung": 0.5,
        "confidence": "sure",
        "recorded_ms": 1_700_000_000_500 + number,
    }


def digests(connection: Connection, known: dict[str, list[str]]) -> dict[str, str]:
    """Return a digest of all rows of each known table, of its known columns."""
    tables = MetaData()
    tables.reflect(connection)
    found = {}
    for name, wanted in known.items():
        table = tables.tables[name]
        query = select(*(table.c[column] for column in wanted))
        rows = connection.execute(query.order_by(*table.primary_key.columns))
        found[name] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
    return found


def columns(connection: Connection) -> dict[str, list[str]]:
    """Return the names of all columns, by table."""
    tables = MetaData()
    tables.reflect(connection)
    kept = tables.tables.keys() - {"alembic_version"}
    return {name: sorted(tables.tables[name].c.keys()) for name in kept}


async def test_migrating_ten_thousand_reviews_of_an_older_version_loses_nothing(
    database_url: str,
) -> None:
    address = Address(database_url)
    if address.file is not None:
        address.file.parent.mkdir()
    old = unmigrated_engine(address)
    async with old.begin() as connection:
        await connection.run_sync(migrate, BEFORE)
        await connection.run_sync(fill)
    async with old.connect() as connection:
        known = await connection.run_sync(columns)
        before = await connection.run_sync(digests, known)
    await old.dispose()

    began_s = time.perf_counter()
    engine = await open_database(database_url)
    took_s = time.perf_counter() - began_s
    logger.info("%d reviews, %s: migrated in %.2f s", REVIEWS, engine.dialect.name, took_s)
    async with engine.connect() as connection:
        assert await connection.run_sync(digests, known) == before
    await check_use(engine)
    await engine.dispose()


async def check_use(engine: AsyncEngine) -> None:
    """Read the archive as the bot does."""
    reviews = Reviews(engine, SEAL)
    last = await reviews.by_number(REVIEWS)
    assert last is not None
    assert last.text.startswith("Отзыв ")
    assert last.answer is None
    assert await reviews.count_answered(0, 2**62) == REVIEWS * 9 // 10
    waiting = await reviews.unanswered(accepted_before_ms=2**62, after=0, limit=REVIEWS)
    assert len(waiting) == REVIEWS // 10
