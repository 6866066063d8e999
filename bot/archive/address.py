"""Where the archive is, and what to do where it cannot be used there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BadArchive

# What a part of the driver's own words tells of the remedy.
_REMEDIES = (
    ("unable to open database file", "let user {user} write there"),
    ("readonly database", "let user {user} write there"),
    ("Permission denied", "let user {user} write there"),
    ("Read-only file system", "name a place that can be written"),
    ("not a database", "restore it from its backup"),
    ("locate revision", "a newer version made it: run that one, or restore a backup"),
    ("password authentication failed", "correct DATABASE_PASSWORD"),
    ("Connect call failed", "start the database"),
)
_OTHERWISE = "correct DATABASE_URL"


class Address:
    """A DATABASE_URL that may be shown: its password is hidden."""

    def __init__(self, url: str, password: str | None = None) -> None:
        """Raise BadArchive where `url` is none; `password` counts where it names a server alone."""
        self._shown = "of DATABASE_URL"
        with self.translated():
            parsed = make_url(url)
        self._shown = parsed.render_as_string(hide_password=True)
        if password and parsed.host and parsed.password is None:
            parsed = parsed.set(password=password)
        self.url: URL = parsed

    def __str__(self) -> str:
        return self._shown

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None in memory or on a server."""
        name = self.url.database
        is_file = self.url.get_backend_name() == "sqlite" and name not in (None, "", ":memory:")
        return Path(str(name)) if is_file else None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise BadArchive, one line with the remedy, for what the database's libraries raise."""
        try:
            yield
        except (SQLAlchemyError, CommandError, OSError, ImportError) as e:
            reason = str(e).partition("\n")[0] or type(e).__name__
            remedy = next((remedy for part, remedy in _REMEDIES if part in reason), _OTHERWISE)
            remedy = remedy.format(user=os.getuid())
            raise BadArchive(f"archive {self}: {reason}; {remedy}") from e
