"""
Looks once whether a Redis can be trusted with the streams.

Only INFO is asked, which a careful administrator forbids least; where it is forbidden or unknown
(a Redis inside the process) nothing can be said and nothing is.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, BusyLoadingError, ResponseError

from triage.errors import BadRedis, QueueUnavailable
from triage.queue.redis_errors import translate_redis_errors

logger = logging.getLogger(__name__)

# XPENDING ... IDLE came with it, by which jobs of dead workers are found.
MIN_VERSION = (6, 2)

# A Redis that is started beside bot and worker is there within a second or two.
WAIT_S = 10.0
PAUSE_S = 0.2


async def wait_for_redis(commands: Redis, timeout_s: float | None = None) -> None:
    """
    Return when Redis is there and may be used, however long it loads what it has kept.

    Raises BadRedis, and QueueUnavailable with the remedy where nobody answers for `timeout_s`
    (None: WAIT_S).
    """
    give_up_s = time.monotonic() + (WAIT_S if timeout_s is None else timeout_s)
    while True:
        try:
            return await check_redis_server(commands)
        except QueueUnavailable as e:
            loading = isinstance(e.__cause__, BusyLoadingError)
            if not loading and time.monotonic() >= give_up_s:
                reason = str(e).rstrip(".")
                raise QueueUnavailable(f"{reason}; start Redis, or correct REDIS_URL") from e
        await asyncio.sleep(PAUSE_S)


async def check_redis_server(commands: Redis) -> None:
    """Raise BadRedis with the remedy where Redis is too old, drops streams or lets nobody in."""
    async with translate_redis_errors():
        try:
            info = {**await commands.info("server"), **await commands.info("memory")}
        except AuthenticationError as e:
            raise BadRedis(f"Redis lets nobody in ({e}); correct REDIS_PASSWORD") from e
        except ResponseError:
            return
    check_version(str(info.get("redis_version", "")))
    check_eviction(info)


def check_version(version: str) -> None:
    """Raise BadRedis for a version below MIN_VERSION; one that is no number is let pass."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    if len(numbers) == 2 and tuple(numbers) < MIN_VERSION:
        raise BadRedis(f"Redis is {version}; install 6.2 or newer")


def check_eviction(info: Mapping[str, Any]) -> None:
    """Raise BadRedis where a full Redis would drop a stream; warn where it drops forms."""
    policy, limit = str(info.get("maxmemory_policy", "noeviction")), info.get("maxmemory", 0)
    if not limit or policy == "noeviction":
        return
    remedy = f"Redis has maxmemory-policy {policy}; set it to noeviction"
    if policy.startswith("allkeys"):
        raise BadRedis(f"{remedy}, else a full Redis drops all jobs at once")
    logger.warning("%s, else a full Redis drops half-filled forms", remedy)
