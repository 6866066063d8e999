"""
Makes and restores backups of archive and key.

A backup's archive is an SQLite file, whichever database it came from; so a backup is also the way
from SQLite to PostgreSQL. It is not decrypted: the texts stay encrypted, and the key is a separate
file.
"""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.address import Address
from bot.archive.database import make_folder, open_database
from bot.archive.inspection import contents, filled_tables
from bot.archive.transfer import copy_archive
from bot.errors import BadBackup
from triage.atomic_file import create_file, replace_file
from triage.errors import BadKey, BadSeal
from triage.key_file import read_seal

ARCHIVE, KEY = "archive.db", "triage.key"


@dataclass(frozen=True, slots=True)
class Installation:
    """The archive and the key file of an installation."""

    database_url: str
    database_password: str | None
    key_file: Path


async def back_up(installation: Installation, folder: Path) -> int:
    """
    Copy archive and key into the new `folder`, while the bot runs; return the number of reviews.

    Raises BadBackup, BadArchive or BadKey; an incomplete folder is then removed.
    """
    read_seal(installation.key_file)
    with _new_folder(folder):
        await _copy_out(installation, folder / ARCHIVE)
        create_file(folder / KEY, installation.key_file.read_bytes(), mode=0o600)
        return _finalized(folder / ARCHIVE)


async def restore(installation: Installation, folder: Path) -> int:
    """
    Fill the archive, which must be empty, from a backup; return the number of reviews.

    A backup of an older version is migrated. The backup's keys are added to the key file. Raises
    BadBackup or BadArchive; the archive is then unchanged.
    """
    await _refuse_to_overwrite(installation)
    held = await contents(_sqlite_url(_archive_in(folder)), None)
    _add_keys(installation.key_file, folder / KEY, held.newest_sealed)
    return await _copy_in(installation, folder / ARCHIVE)


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Create a folder for the block, and remove it if the block fails."""
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as e:
        raise BadBackup(f"{folder}: {e.strerror}; name a folder that can be written") from e
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _copy_out(installation: Installation, target: Path) -> None:
    address = Address(installation.database_url, installation.database_password)
    with address.translated():
        if address.file is not None:
            if not address.file.exists():
                raise BadBackup(
                    f"archive {address}: missing; the bot creates it at its first start"
                )
            _copy_sqlite(address.file, target)
            return
        async with (
            _opened(installation.database_url, installation.database_password) as source,
            _opened(_sqlite_url(target)) as copy,
        ):
            await copy_archive(source, copy)


async def _copy_in(installation: Installation, archive: Path) -> int:
    address = Address(installation.database_url, installation.database_password)
    with address.translated(), _spare_folder(address) as spare:
        copy = spare / ARCHIVE
        _copy_sqlite(archive, copy)
        async with _opened(_sqlite_url(copy)) as source:  # migrated to this version
            if address.file is None:
                async with _opened(
                    installation.database_url, installation.database_password
                ) as target:
                    return await copy_archive(source, target)
        count = _finalized(copy)
        _copy_sqlite(copy, address.file)
        return count


@contextmanager
def _spare_folder(address: Address) -> Iterator[Path]:
    """
    Yield a temporary folder on a disk that has room for an archive.

    The usual one may be in memory. It is used for PostgreSQL; TMPDIR names another.
    """
    place = None if address.file is None else address.file.parent
    if place is not None:
        make_folder(place)
    with TemporaryDirectory(prefix=".restoring-", dir=place) as spare:
        yield Path(spare)


async def _refuse_to_overwrite(installation: Installation) -> None:
    url, password = installation.database_url, installation.database_password
    filled = await filled_tables(url, password)
    if filled:
        raise BadBackup(
            f"archive {Address(url)} is not empty: it has rows in {', '.join(filled)}; "
            "stop the bot and move it away"
        )


def _add_keys(key_file: Path, backed_up: Path, sealed: bytes | None) -> None:
    """
    Append the backup's keys to the key file; the first key there still encrypts new texts.

    Raises BadBackup if the keys of both do not decrypt `sealed`, if that is given.
    """
    if not _opens(backed_up, sealed):
        if _opens(key_file, sealed):
            return
        raise BadBackup(
            f"neither {key_file} nor {backed_up} decrypts this backup; put its key into {backed_up}"
        )
    try:
        known = key_file.read_bytes().split() if key_file.exists() else []
        added = [key for key in backed_up.read_bytes().split() if key not in known]
        if added:
            key_file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(key_file, b"\n".join([*known, *added]) + b"\n", mode=0o600)
    except OSError as e:
        raise BadBackup(f"{key_file}: {e.strerror}; name a folder that can be written") from e


def _opens(key_file: Path, sealed: bytes | None) -> bool:
    """Return whether the key file is valid and decrypts `sealed`, if that is given."""
    try:
        seal = read_seal(key_file)
        if sealed is not None:
            seal.open(sealed)
    except (BadKey, BadSeal):
        return False
    return True


def _archive_in(folder: Path) -> Path:
    archive = folder / ARCHIVE
    try:
        with archive.open("rb"):
            return archive
    except (FileNotFoundError, NotADirectoryError):
        raise BadBackup(
            f"{folder}: there is no {ARCHIVE} in it; name a folder that backup created"
        ) from None
    except OSError as e:
        raise BadBackup(f"{archive}: {e.strerror}; let user {os.getuid()} read it") from e


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that another process may be writing to; raises OSError."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
    except sqlite3.Error as e:
        raise OSError(f"{source} to {target}: {e}") from e


def _finalized(archive: Path) -> int:
    """Leave one file that only its owner may read; return the number of reviews in it."""
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        try:
            [count] = connection.execute("SELECT count(*) FROM reviews").fetchone()
        except sqlite3.OperationalError as e:
            raise BadBackup(f"the archive holds no reviews: {e}; start the bot once") from e
    archive.chmod(0o600)
    return int(count)


@asynccontextmanager
async def _opened(url: str | URL, password: str | None = None) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(url, password)
    try:
        yield engine
    finally:
        await engine.dispose()


def _sqlite_url(file: Path) -> URL:
    """Return the URL of a file; in a text, some characters of its name would be special."""
    return URL.create("sqlite+aiosqlite", database=str(file.absolute()))
