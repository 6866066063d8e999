"""Backup and restore, from each database to each."""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.archive.address import Address
from bot.archive.backup import ARCHIVE, KEY, Installation, back_up, restore
from bot.archive.database import migrate, open_database, unmigrated_engine
from bot.archive.groups import Groups
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.errors import BadBackup, BotError
from tests.bot.samples import TEXT, new, outcome
from triage.key_file import create_key, new_key, read_seal


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Installation:
    """Return an installation with a key of its own; the test runs on both databases."""
    key_file = tmp_path / "keys" / "triage.key"
    create_key(key_file)
    return Installation(database_url, None, key_file)


async def filled(place: Installation, count: int = 3) -> None:
    """Put reviews, an answer, a card, a language and a group into the archive."""
    engine = await open_database(place.database_url)
    reviews = Reviews(engine, read_seal(place.key_file))
    for n in range(count):
        review = await reviews.accept(new(form_id=f"form-{n}", text=f"{TEXT} {n}"))
    await reviews.record(review.number, outcome(review.review_id), 5)
    await reviews.answered(review.number, 6, "file")
    await reviews.record_card([review.number], chat_id=-5, message_id=1, digest=False, now_ms=7)
    await People(engine).choose_language(555, "en")
    await Groups(engine).connect(-5, 8)
    await engine.dispose()


async def held(place: Installation) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table as the database gives it."""
    engine = await open_database(place.database_url)
    async with engine.connect() as connection:
        rows = {
            name: [tuple(row) for row in await connection.execute(text(f"SELECT * FROM {name}"))]
            for name in ("people", "reviews", "outcomes", "cards", "groups")
        }
    await engine.dispose()
    return {
        name: [tuple(_plain(value) for value in row) for row in found]
        for name, found in rows.items()
    }


def _plain(value: object) -> object:
    """Return a value as both databases would give it."""
    if isinstance(value, str) and value[:1] in "[":
        return value.replace(" ", "")
    return str(value).replace(" ", "").replace("'", '"') if isinstance(value, list) else value


async def test_a_backup_restores_every_row_and_the_key(place: Installation, tmp_path: Path) -> None:
    await filled(place)
    assert await back_up(place, tmp_path / "backup") == 3

    anew = Installation(
        f"sqlite+aiosqlite:///{tmp_path}/new/archive.db", None, tmp_path / "keys" / "key"
    )
    assert await restore(anew, tmp_path / "backup") == 3

    assert await held(anew) == await held(place)
    assert anew.key_file.read_bytes() == place.key_file.read_bytes()
    assert anew.key_file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


async def test_restoring_a_backup_does_not_change_its_files(
    sqlite_url: str, tmp_path: Path
) -> None:
    place = Installation(sqlite_url, None, tmp_path / "key")
    create_key(place.key_file)
    await filled(place)
    backup = tmp_path / "backup"
    await back_up(place, backup)
    before = {file: file.read_bytes() for file in backup.iterdir()}

    anew = Installation(
        f"sqlite+aiosqlite:///{tmp_path}/new/archive.db", None, tmp_path / "keys" / "key"
    )
    assert await restore(anew, backup) == 3

    assert {file: file.read_bytes() for file in backup.iterdir()} == before


async def test_an_sqlite_backup_is_restored_to_postgresql_and_numbering_continues(
    sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    create_key(key_file)
    small = Installation(sqlite_url, None, key_file)
    await filled(small)
    engine = await open_database(sqlite_url)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM reviews WHERE number = 3"))
    await engine.dispose()
    await back_up(small, tmp_path / "backup")

    large = Installation(postgres_url, None, key_file)
    assert await restore(large, tmp_path / "backup") == 2

    assert await held(large) == await held(small)
    engine = await open_database(postgres_url)
    review = await Reviews(engine, read_seal(key_file)).accept(new(form_id="next"))
    await engine.dispose()
    assert review.number == 4


@pytest.mark.parametrize("left", [0, 2])
async def test_the_number_of_an_erased_review_is_not_reused_after_a_restore(
    left: int, place: Installation, tmp_path: Path
) -> None:
    await filled(place)
    engine = await open_database(place.database_url)
    async with engine.begin() as connection:
        await connection.execute(text(f"DELETE FROM reviews WHERE number > {left}"))
    await engine.dispose()
    await back_up(place, tmp_path / "backup")

    url = f"sqlite+aiosqlite:///{tmp_path}/new/archive.db"
    assert await restore(Installation(url, None, place.key_file), tmp_path / "backup") == left

    engine = await open_database(url)
    async with engine.connect() as connection:
        kept = await connection.scalars(
            text("SELECT seq FROM sqlite_sequence WHERE name = 'reviews'")
        )
        assert list(kept) == [3]
    review = await Reviews(engine, read_seal(place.key_file)).accept(new(form_id="next"))
    await engine.dispose()
    assert review.number == 4


async def test_a_backup_made_while_reviews_arrive_is_consistent(
    place: Installation, tmp_path: Path
) -> None:
    await filled(place)
    engine = await open_database(place.database_url)
    reviews = Reviews(engine, read_seal(place.key_file))

    async def go_on() -> None:
        for n in range(1000):
            await reviews.accept(new(form_id=f"later-{n}"))

    writing = asyncio.create_task(go_on())
    count = await back_up(place, tmp_path / "backup")
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    await engine.dispose()

    with closing(sqlite3.connect(tmp_path / "backup" / ARCHIVE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (count,)
    assert count >= 3


async def test_a_backup_is_two_files_that_only_the_owner_can_read(
    place: Installation, tmp_path: Path
) -> None:
    await filled(place)
    await back_up(place, tmp_path / "backup")

    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "backup").iterdir()}

    assert found == {ARCHIVE: 0o600, KEY: 0o600}
    assert TEXT.encode() not in (tmp_path / "backup" / ARCHIVE).read_bytes()


async def test_a_backup_of_an_older_version_is_migrated_on_restore(
    sqlite_url: str, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    create_key(key_file)
    old = tmp_path / "old"
    old.mkdir()
    (old / KEY).write_bytes(key_file.read_bytes())
    engine = unmigrated_engine(Address(f"sqlite+aiosqlite:///{old / ARCHIVE}"))
    async with engine.begin() as connection:
        await connection.run_sync(migrate, "0001")
        await connection.execute(text("INSERT INTO people VALUES (5, 'en')"))
    await engine.dispose()

    place = Installation(sqlite_url, None, key_file)
    assert await restore(place, old) == 0

    assert (await held(place))["people"] == [(5, "en")]


async def test_restoring_adds_the_backup_key_to_the_key_of_a_new_installation(
    sqlite_url: str, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    create_key(key_file)
    await filled(Installation(sqlite_url, None, key_file))
    await back_up(Installation(sqlite_url, None, key_file), tmp_path / "backup")
    create_key(tmp_path / "new" / "key")
    fresh = read_seal(tmp_path / "new" / "key").close(b"sealed since")

    anew = Installation(f"sqlite+aiosqlite:///{tmp_path}/new/a.db", None, tmp_path / "new" / "key")
    assert await restore(anew, tmp_path / "backup") == 3

    engine = await open_database(anew.database_url)
    review = await Reviews(engine, read_seal(anew.key_file)).by_number(1)
    await engine.dispose()
    assert review is not None
    assert review.text == f"{TEXT} 0"
    assert read_seal(anew.key_file).open(fresh) == b"sealed since"
    assert anew.key_file.stat().st_mode & 0o777 == 0o600


async def test_a_backup_adds_its_key_even_if_it_holds_no_review(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Prepared answers are sealed, too."""
    create_key(tmp_path / "key")
    old = Installation(sqlite_url, None, tmp_path / "key")
    await (await open_database(sqlite_url)).dispose()
    await back_up(old, tmp_path / "backup")
    sealed = read_seal(old.key_file).close(b"a prepared answer")
    create_key(tmp_path / "new" / "key")
    anew = Installation(f"sqlite+aiosqlite:///{tmp_path}/new/a.db", None, tmp_path / "new" / "key")

    assert await restore(anew, tmp_path / "backup") == 0
    assert read_seal(anew.key_file).open(sealed) == b"a prepared answer"


@pytest.mark.parametrize("name", ["backup #1", "which?", "50%41", "резерв"])
async def test_a_folder_may_have_any_name(sqlite_url: str, tmp_path: Path, name: str) -> None:
    create_key(tmp_path / "key")
    place = Installation(sqlite_url, None, tmp_path / "key")
    await filled(place)
    assert await back_up(place, tmp_path / name) == 3
    before = await held(place)
    anew = replace(place, database_url=f"sqlite+aiosqlite:///{tmp_path}/new.db")

    assert await restore(anew, tmp_path / name) == 3
    assert await held(anew) == before
    assert set(os.listdir(tmp_path)) == {name, "data", "key", "new.db"}


async def test_an_archive_without_reviews_but_with_other_rows_is_not_overwritten(
    place: Installation, tmp_path: Path
) -> None:
    await back_up_of_another(place, tmp_path / "backup")
    engine = await open_database(place.database_url)
    await Groups(engine).connect(-5, 8)
    await engine.dispose()

    with pytest.raises(BadBackup, match="is not empty: it has rows in groups; stop the bot"):
        await restore(place, tmp_path / "backup")
    assert "-5" in str((await held(place))["groups"])


async def back_up_of_another(place: Installation, folder: Path) -> None:
    """Back up an installation with the same key and an archive of its own."""
    other = f"sqlite+aiosqlite:///{folder.parent}/other.db"
    await filled(replace(place, database_url=other))
    await back_up(replace(place, database_url=other), folder)


async def test_a_restore_needs_no_room_in_the_folder_for_temporary_files(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container that folder is in memory."""
    create_key(tmp_path / "key")
    place = Installation(sqlite_url, None, tmp_path / "key")
    await back_up_of_another(place, tmp_path / "backup")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    assert await restore(place, tmp_path / "backup") == 3
    assert os.listdir(tmp_path / "data") == ["archive.db"]


Spoil = Callable[[Installation, Path], Installation]


def _into_itself(place: Installation, _: Path) -> Installation:
    return place


def _with_another_key(place: Installation, backup: Path) -> Installation:
    other = backup.parent / "other"
    other.write_bytes(new_key())
    (backup / KEY).write_bytes(new_key())
    return Installation(f"sqlite+aiosqlite:///{backup.parent}/new.db", None, other)


def _without_its_key(place: Installation, backup: Path) -> Installation:
    (backup / KEY).unlink()
    return Installation(f"sqlite+aiosqlite:///{backup.parent}/new.db", None, backup.parent / "none")


def _without_its_archive(place: Installation, backup: Path) -> Installation:
    (backup / ARCHIVE).unlink()
    return Installation(f"sqlite+aiosqlite:///{backup.parent}/new.db", None, place.key_file)


def _with_an_unreadable_archive(place: Installation, backup: Path) -> Installation:
    (backup / ARCHIVE).rename(backup / "other")
    (backup / ARCHIVE).mkdir()
    return Installation(f"sqlite+aiosqlite:///{backup.parent}/new.db", None, place.key_file)


def _with_garbage(place: Installation, backup: Path) -> Installation:
    (backup / ARCHIVE).write_bytes(b"nothing of the kind" * 100)
    return Installation(f"sqlite+aiosqlite:///{backup.parent}/new.db", None, place.key_file)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_into_itself, "reviews, cards, outcomes; stop the bot and move it away"),
        (_with_another_key, "decrypts this backup; put its key into"),
        (_without_its_key, "decrypts this backup; put its key into"),
        (_without_its_archive, "name a folder that backup created"),
        (_with_an_unreadable_archive, f"Is a directory; let user {os.getuid()} read it"),
        (_with_garbage, "is not a database"),
    ],
)
async def test_a_failed_restore_gives_a_one_line_error_and_changes_nothing(
    sqlite_url: str, tmp_path: Path, spoil: Spoil, words: str
) -> None:
    key_file = tmp_path / "key"
    create_key(key_file)
    place = Installation(sqlite_url, None, key_file)
    await filled(place)
    backup = tmp_path / "backup"
    await back_up(place, backup)
    before = await held(place)
    target = spoil(place, backup)

    with pytest.raises(BotError) as caught:
        await restore(target, backup)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert await held(place) == before
    assert not (tmp_path / "new.db").exists()


async def test_a_failed_backup_leaves_no_partial_files(sqlite_url: str, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    create_key(key_file)
    nothing = Installation(sqlite_url, None, key_file)
    with pytest.raises(BotError, match="missing; the bot creates it at its first start"):
        await back_up(nothing, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(BadBackup, match="start the bot once"):
        await back_up(
            Installation(f"sqlite+aiosqlite:///{empty}", None, key_file), tmp_path / "backup"
        )
    assert not (tmp_path / "backup").exists()
    (tmp_path / "file").touch()
    with pytest.raises(BadBackup, match="name a folder that can be written"):
        await back_up(replace(nothing), tmp_path / "file" / "backup")
