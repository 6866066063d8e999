"""The archive's database URL, and the remedies for errors of the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BadArchive

# Part of a driver's error message, and the remedy for that error.
_REMEDIES = (
    ("unable to open database file", "let user {user} write there"),
    ("readonly database", "let user {user} write there"),
    ("Permission denied", "let user {user} write there"),
    ("disk is full", "free space there"),
    ("disk I/O error", "free space there, or check the disk"),
    ("database is locked", "stop the other writer, or try again"),
    ("No space left", "free space there"),
    ("read-only transaction", "point DATABASE_URL to the primary"),
    ("Read-only file system", "name a writable place"),
    ("not a database", "restore it from its backup"),
    ("locate revision", "a newer version created it: run that one, or restore a backup"),
    ("password authentication failed", "correct DATABASE_PASSWORD"),
    ("Connect call failed", "start the database"),
)
_OTHERWISE = "correct DATABASE_URL"

# The databases that the archive's tables and queries are tested on, with their drivers.
_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class Address:
    """A DATABASE_URL that is printed without its password."""

    def __init__(self, url: str | URL, password: str | None = None) -> None:
        """Raise BadArchive for a bad `url`; `password` is used if the URL of a server has none."""
        self._shown = "of DATABASE_URL"
        with self.translated():
            try:
                parsed = make_url(url)
            except ValueError as e:  # a port that is no number
                raise BadArchive(f"archive {self}: {e}; {_OTHERWISE}") from e
        self._shown = parsed.render_as_string(hide_password=True)
        if parsed.drivername not in _DRIVERS:
            known = " or ".join(f"{driver}://" for driver in _DRIVERS)
            raise BadArchive(f"archive {self}: DATABASE_URL must begin with {known}")
        if password and parsed.host and parsed.password is None:
            parsed = parsed.set(password=password)
        self.url: URL = parsed

    def __str__(self) -> str:
        return self._shown

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for one in memory or on a server."""
        name = self.url.database
        is_file = self.url.get_backend_name() == "sqlite" and name not in (None, "", ":memory:")
        return Path(str(name)) if is_file else None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Translate errors of the database libraries to BadArchive, one line with the remedy."""
        try:
            yield
        except (SQLAlchemyError, CommandError, OSError, ImportError) as e:
            reason = str(e).partition("\n")[0] or type(e).__name__
            remedy = next((remedy for part, remedy in _REMEDIES if part in reason), _OTHERWISE)
            remedy = remedy.format(user=os.getuid())
            raise BadArchive(f"archive {self}: {reason}; {remedy}") from e
