"""The seam to the Redis client: what it raises becomes this package's error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from triage.errors import QueueUnavailable


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise QueueUnavailable for what the client raises, and let no cancellation be lost."""
    task = asyncio.current_task()
    assert task is not None, "Redis is asked from a task"
    cancellations = task.cancelling()
    try:
        yield
    except (RedisError, OSError) as e:
        raise QueueUnavailable(f"Redis: {type(e).__name__}: {e}") from e
    finally:
        # In Python 3.11 wait_for(), by which the client sends, swallows a cancellation that comes
        # as it ends; the task would go on for ever.
        if task.cancelling() > cancellations:
            raise asyncio.CancelledError
