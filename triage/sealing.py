"""
Encrypts what is stored on a disk: review texts in Redis and in the archive.

Fernet (https://github.com/fernet/spec) gives AES-128-CBC with HMAC-SHA256. Several keys allow a
rotation: the first one encrypts, all of them decrypt. It does not know where keys are stored.
"""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from triage.errors import BadKey, BadSeal


class Seal:
    """Encrypts and decrypts bytes with the keys of one installation."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as e:
            raise BadKey("a key is 32 bytes in URL-safe base64") from e
        self._tag_keys = [hashlib.sha256(b"attachment" + key).digest() for key in keys]

    def close(self, clear: bytes) -> bytes:
        """Return `clear` encrypted; the same bytes give another result each time."""
        return self._fernet.encrypt(clear)

    def tag(self, data: bytes) -> bytes:
        """Return a tag (HMAC-SHA256) for `data` that cannot be made without the key."""
        return hmac.digest(self._tag_keys[0], data, "sha256")

    def is_tag(self, tag: bytes, data: bytes) -> bool:
        """Return whether `tag` was made for `data` with one of the keys."""
        made = (hmac.digest(key, data, "sha256") for key in self._tag_keys)
        return any(hmac.compare_digest(tag, known) for known in made)

    def open(self, sealed: bytes) -> bytes:
        """Return the decrypted bytes; BadSeal if they were changed or another key was used."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as e:
            raise BadSeal("cannot be decrypted: changed, or encrypted with another key") from e
