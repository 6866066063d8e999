"""
Seals what would otherwise lie readable on a disk: review texts in Redis and in the archive.

The only door to cryptography. Fernet (https://github.com/fernet/spec) gives AES-128-CBC with
HMAC-SHA256. The key file holds one key a line, the newest first: the first seals, all open.
"""

from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from triage.atomic_file import create_file
from triage.errors import BadKey, BadSeal


class Seal:
    """Seals and opens bytes with the keys of one installation."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as e:
            raise BadKey("a key is 32 bytes in URL-safe base64") from e

    def close(self, clear: bytes) -> bytes:
        """Return `clear` sealed; the same bytes seal differently each time."""
        return self._fernet.encrypt(clear)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed; BadSeal where it was changed or another key was used."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as e:
            raise BadSeal("the seal does not open: changed, or sealed with another key") from e


def new_key() -> bytes:
    """Return a fresh random key."""
    return Fernet.generate_key()


def read_seal(path: Path) -> Seal:
    """Return the seal of the key file at `path`; BadKey says what to do where there is none."""
    try:
        keys = path.read_bytes().split()
    except OSError as e:
        raise BadKey(f"key file {path}: {e.strerror}; the bot makes it at its first start") from e
    if not keys:
        raise BadKey(f"key file {path} is empty; restore it from its backup")
    try:
        return Seal(keys)
    except BadKey as e:
        raise BadKey(f"key file {path} holds no Fernet key; restore it from its backup") from e


def create_key(path: Path) -> bool:
    """
    Make the key file, readable by its owner alone; return False where one is there already.

    The file appears whole or not at all, so that a waiting reader never sees half a key. BadKey
    where its folder cannot be written.
    """
    try:
        return create_file(path, new_key() + b"\n", mode=0o600)
    except OSError as e:
        raise BadKey(f"key file {path} cannot be made: {e.strerror}; name a writable folder") from e
