"""
The folder of secrets that the services share: passwords that are generated once.

Each is a file named like its setting. Redis reads its password from a configuration file.
"""

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
        chosen = (folder / "redis_password").read_bytes().strip()
        replace_file(folder / REDIS_CONFIGURATION, b'requirepass "%s"\n' % chosen, MODE)


def hand_on(folder: Path, name: str, secret: str | None) -> None:
    """Write `secret` to the file `name`, or delete the file for None; raises BadFolder."""
    with _translated(folder):
        if secret is None:
            (folder / name).unlink(missing_ok=True)
        else:
            replace_file(folder / name, secret.encode(), MODE)


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise BadFolder(
            f"{e.filename or folder}: {e.strerror}; name a folder that can be written"
        ) from e
