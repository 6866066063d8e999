"""Retries calls while Redis cannot be reached, with backoff; it knows nothing about jobs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from triage.errors import QueueUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A restart takes about a second; during a longer outage the calls are less frequent.
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


class RedisRetry:
    """
    Retries without a limit; logs one line at the start of an outage and one at its end.

    `failed` is called after each attempt that failed.
    """

    def __init__(self, failed: Callable[[QueueUnavailable], None] = lambda _: None) -> None:
        self._failed = failed
        self._began_s: float | None = None

    async def retry(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `call`, after as many retries as needed."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                result = await call()
            except QueueUnavailable as e:
                self._begin(e)
                self._failed(e)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._end()
                return result

    def _begin(self, error: QueueUnavailable) -> None:
        if self._began_s is None:
            self._began_s = time.monotonic()
            logger.warning("waiting: %s", error)

    def _end(self) -> None:
        if self._began_s is not None:
            logger.info("Redis is reachable again after %.1f s", time.monotonic() - self._began_s)
            self._began_s = None
