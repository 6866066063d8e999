"""
Seals what would otherwise lie readable on a disk: review texts in Redis and in the archive.

Fernet (https://github.com/fernet/spec) gives AES-128-CBC with HMAC-SHA256. Several keys allow a
rotation: the first one seals, all of them open. Where keys are stored is not known here.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

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
