"""Translates the errors of the Redis client into this package's error."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)

from triage.errors import QueueUnavailable

# Parts of OpenSSL's messages about a certificate, each with a remedy; the first match counts.
REMEDIES = (
    ("certificate is not valid for", "name the host in REDIS_URL as its certificate does"),
    ("certificate has expired", "renew it"),
    ("", "name the file of the CA that signed it: REDIS_URL=rediss://...?ssl_ca_certs=FILE"),
)
# Errors of a server that answers but accepts no writes, each with a remedy.
_NO_WRITES = {
    "READONLY": "it is a replica: point REDIS_URL to the primary",
    "LOADING": "it loads its data: wait",
    "MASTERDOWN": "its primary is unreachable: start it, or point REDIS_URL to another",
    "CLUSTERDOWN": "its cluster is not complete: see its log",
    "NOREPLICAS": "it has too few replicas for min-replicas-to-write: start them",
    "OOM": "its memory is full: raise its maxmemory",
    "MISCONF": "it cannot save to its disk: free space there, see its log",
    "NOPERM": "its user may not do that: let it use all commands on {triage}*",
}

# The client removes the first word from errors that it has a class for.
_FIRST_WORDS: dict[type[Exception], str] = {
    ReadOnlyError: "READONLY",
    BusyLoadingError: "LOADING",
    MasterDownError: "MASTERDOWN",
    ClusterDownError: "CLUSTERDOWN",
    OutOfMemoryError: "OOM",
    NoPermissionError: "NOPERM",
}
_REFUSED = re.compile(r"certificate verify failed: (.*?)\.? \(_ssl")


@asynccontextmanager
async def translate_redis_errors() -> AsyncIterator[None]:
    """Raise QueueUnavailable for the client's errors, without losing a cancellation."""
    task = asyncio.current_task()
    assert task is not None, "Redis is used from a task"
    cancellations = task.cancelling()
    try:
        yield
    except (RedisError, OSError) as e:
        raise QueueUnavailable(f"Redis: {_describe(e)}") from e
    finally:
        # In Python 3.11 wait_for(), which the client sends with, swallows a cancellation that
        # arrives as it ends; the task would never end.
        if task.cancelling() > cancellations:
            raise asyncio.CancelledError


def _describe(error: Exception) -> str:
    """Return one line about an error; for an untrusted certificate, with the remedy."""
    refused = _REFUSED.search(str(error))
    if refused is None:
        first_word = _FIRST_WORDS.get(type(error)) or str(error).partition(" ")[0]
        remedy = _NO_WRITES.get(first_word)
        words = f"{type(error).__name__}: {error}"
        return words if remedy is None else f"{words.rstrip('.')}; {remedy}"
    remedy = next(remedy for symptom, remedy in REMEDIES if symptom in refused[1])
    return f"its certificate is refused ({refused[1]}); {remedy}"
