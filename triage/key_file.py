"""
The file with an installation's keys, one Fernet key on each line, the newest first.

The bot creates it at its first start; bot and worker read it at every start.
"""

from pathlib import Path

from cryptography.fernet import Fernet

from triage.atomic_file import create_file
from triage.errors import BadKey
from triage.sealing import Seal


def new_key() -> bytes:
    """Return a fresh random key."""
    return Fernet.generate_key()


def read_seal(path: Path) -> Seal:
    """Return the seal of the key file at `path`; BadKey says what to do if it is missing."""
    try:
        keys = path.read_bytes().split()
    except OSError as e:
        raise BadKey(f"key file {path}: {e.strerror}; the bot creates it at its first start") from e
    if not keys:
        raise BadKey(f"key file {path} is empty; restore it from its backup")
    try:
        return Seal(keys)
    except BadKey as e:
        raise BadKey(f"key file {path} contains no Fernet key; restore it from its backup") from e


def create_key(path: Path) -> bool:
    """
    Create the key file, readable only by its owner; return False if it exists.

    The creation is atomic, so that a waiting reader never sees half a key. Raises BadKey if its
    folder cannot be written.
    """
    try:
        return create_file(path, new_key() + b"\n", mode=0o600)
    except OSError as e:
        raise BadKey(f"key file {path} not created: {e.strerror}; name a writable folder") from e
