"""
The folder of secrets that the services share: passwords that are generated once, or chosen.

Each is a file named like its setting. Redis reads its password from a configuration file.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import BadFolder
from triage.atomic_file import create_file, replace_file

PASSWORDS = ("redis_password", "database_password")
REDIS_CONFIGURATION = "redis.conf"

# The services run as different users and share only a group.
MODE = 0o440

# 256 bits, in characters that need no quoting in a URL or a configuration file.
PASSWORD_BYTES = 32


def create_passwords(folder: Path) -> Iterator[Path]:
    """Create the missing passwords and yield their files; raises BadFolder."""
    with _translated(folder):
        for name in PASSWORDS:
            password = secrets.token_urlsafe(PASSWORD_BYTES).encode()
            if create_file(folder / name, password, MODE):
                yield folder / name
        password = (folder / "redis_password").read_bytes().strip()
        replace_file(folder / REDIS_CONFIGURATION, _requiring(password), MODE)


def hand_on(folder: Path, name: str, secret: str | None) -> None:
    """Write `secret` to the file `name`, or delete the file for None; raises BadFolder."""
    with _translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if secret is None:
            (folder / name).unlink(missing_ok=True)
        else:
            replace_file(folder / name, secret.encode(), MODE)


def _requiring(password: bytes) -> bytes:
    """Return Redis' configuration; a quote, space or backslash in the password is escaped."""
    quoted = re.sub(rb"[^\w-]", lambda found: b"\\x%02x" % found[0][0], password)
    return b'requirepass "%s"\n' % quoted


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise BadFolder(
            f"{e.filename or folder}: {e.strerror}; name a folder that can be written"
        ) from e
