"""The seam to the Redis client: what it raises becomes this package's error."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from triage.errors import QueueUnavailable

# What OpenSSL says of a certificate, and what helps; the first that fits.
REMEDIES = (
    ("certificate is not valid for", "name the host in REDIS_URL as its certificate does"),
    ("certificate has expired", "renew it"),
    ("", "name the file of the CA that signed it: REDIS_URL=rediss://...?ssl_ca_certs=FILE"),
)
_REFUSED = re.compile(r"certificate verify failed: (.*?)\.? \(_ssl")


@asynccontextmanager
async def translate_redis_errors() -> AsyncIterator[None]:
    """Raise QueueUnavailable for what the client raises, and let no cancellation be lost."""
    task = asyncio.current_task()
    assert task is not None, "Redis is asked from a task"
    cancellations = task.cancelling()
    try:
        yield
    except (RedisError, OSError) as e:
        raise QueueUnavailable(f"Redis: {_describe(e)}") from e
    finally:
        # In Python 3.11 wait_for(), by which the client sends, swallows a cancellation that comes
        # as it ends; the task would go on for ever.
        if task.cancelling() > cancellations:
            raise asyncio.CancelledError


def _describe(error: Exception) -> str:
    """Return one line: of a certificate that is not trusted what to do about it."""
    refused = _REFUSED.search(str(error))
    if refused is None:
        return f"{type(error).__name__}: {error}"
    remedy = next(remedy for symptom, remedy in REMEDIES if symptom in refused[1])
    return f"its certificate is refused ({refused[1]}); {remedy}"
