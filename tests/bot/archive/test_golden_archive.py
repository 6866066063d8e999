"""
An archive that an earlier version wrote is opened and read by this one: an update loses nothing.

Version 499b899 wrote the files, and they stay as they are: `archive.sql` is the dump of an SQLite
archive, `reviews.jsonl` is what that version read of each review. The reviews are invented.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.database import open_database
from bot.archive.groups import GroupPlace, Groups
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.archive.transfer import copy_archive
from triage.sealing import Seal

GOLDEN = Path(__file__).parent / "golden" / "archive-v1"

SEAL = Seal([b"c2FtcGxlIGtleSBvZiB0aGUgdGVzdHMuIDMyIGJ5dGU="])

# What is read of a review that was stored before there was such a thing.
LATER = {"photos": 0}

# Numbers of the reviews whose customers still wait.
WAITING = [4, 5]


@pytest.fixture
def old_url(tmp_path: Path) -> str:
    """Return the URL of the archive as the earlier version left it."""
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as database:
        database.executescript((GOLDEN / "archive.sql").read_text(encoding="utf-8"))
    return f"sqlite+aiosqlite:///{file}"


def plain(value: object) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)


async def check(engine: AsyncEngine) -> None:
    """Compare everything that the archive holds with what was stored."""
    reviews = Reviews(engine, SEAL)
    recorded = (GOLDEN / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(recorded) == 5
    for line in recorded:
        review = await reviews.by_number(json.loads(line)["number"])
        assert review is not None
        read = json.loads(json.dumps(asdict(review), default=plain))
        assert read == LATER | json.loads(line)
    waiting = await reviews.unanswered(accepted_before_ms=2_000_000_000_000, after=0, limit=9)
    assert [review.number for review in waiting] == WAITING
    assert await reviews.count_without_card() == 0
    assert sorted(await reviews.shown_since(0)) == [1_764_000_000_200, 1_764_000_000_201]
    assert not await reviews.claim_late_notice(3)
    assert await Groups(engine).moderators() == GroupPlace(-1001234567890)
    assert await People(engine).language(1002) == "en"


async def test_an_archive_of_version_1_is_opened_without_loss(old_url: str) -> None:
    engine = await open_database(old_url)
    await check(engine)
    await engine.dispose()


async def test_an_archive_of_version_1_is_copied_without_loss(
    old_url: str, database_url: str
) -> None:
    old, new = await open_database(old_url), await open_database(database_url)
    assert await copy_archive(old, new) == 5
    await check(new)
    await old.dispose()
    await new.dispose()
