"""
Finds copies of a person's words, in the clear or in a seal that a key of the installation opens.

A place is a name and all the bytes that lie there; where they come from is the lower half.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from redis import Redis

from sandbox.telegram.chat import Chat
from triage.errors import BadSeal
from triage.sealing import Seal

Places = Mapping[str, bytes]

# Each place at which a token may begin, with all that could belong to it.
_TOKEN = re.compile(rb"(?=(gAAAA[\w=-]+))")

# The shortest token holds one block of AES; a file shows no end, so that all lengths are tried.
_SHORTEST, _BASE64_STEP = 100, 4


def found(places: Places, seal: Seal, words: Collection[str]) -> set[str]:
    """Return the names of the places where one of `words` can be read by who has the key."""
    wanted = [word.encode() for word in words]
    return {
        name
        for name, stored in places.items()
        if any(word in clear for clear in chain([stored], _opened(stored, seal)) for word in wanted)
    }


def _opened(stored: bytes, seal: Seal) -> Iterator[bytes]:
    """Yield what the seals in `stored` hold, whatever lies directly before and behind them."""
    for match in _TOKEN.finditer(stored):
        token = match[1]
        for end in range(_SHORTEST, len(token) + 1, _BASE64_STEP):
            try:
                yield seal.open(token[:end])
            except BadSeal:
                continue
            break


def in_redis(client: Redis) -> Places:
    """Return each key with all its values."""
    keys: list[bytes] = sorted(client.scan_iter())
    return {key.decode(): _value(client, key) for key in keys}


def in_files(folder: Path, pattern: str) -> Places:
    """Return the files of `folder` and below whose names fit `pattern`."""
    return {file.name: file.read_bytes() for file in folder.rglob(pattern) if file.is_file()}


def in_chat(chat: Chat) -> Places:
    """Return each message with all that a client shows of it."""
    return {f"message {number}": str(m).encode() for number, m in chat.messages.items()}


def _value(client: Redis, key: bytes) -> bytes:
    kind: Any = client.type(key)
    return b"\n".join(_flat(_READ[kind](client, key)))


def _flat(value: Any) -> Iterator[bytes]:
    """Yield the bytes in what the client made of a reply."""
    if isinstance(value, bytes):
        yield value
        return
    items = chain.from_iterable(value.items()) if isinstance(value, dict) else value
    for item in items:
        yield from _flat(item)


# A kind that is not here is a KeyError: a place that nobody would have searched.
_READ: Mapping[bytes, Callable[[Any, bytes], Any]] = {
    b"none": lambda *_: (),  # it expired a moment ago
    b"string": lambda client, key: client.get(key) or b"",
    b"hash": lambda client, key: client.hgetall(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
    b"stream": lambda client, key: client.xrange(key),
}
