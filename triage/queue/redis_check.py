"""
Checks at the start whether a Redis server is suitable for the streams.

Only INFO is used, the command that access rules forbid least often. If it is forbidden or unknown
(a simulated Redis), nothing is checked.
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

WRITE_CHECK = "{triage}:write-check"

# The first version with XPENDING ... IDLE, which finds the jobs of dead workers.
MIN_VERSION = (6, 2)

# A Redis that starts together with bot and worker answers within a second or two.
WAIT_S = 10.0
PAUSE_S = 0.2


async def wait_for_redis(commands: Redis, timeout_s: float | None = None) -> None:
    """
    Return when Redis answers and is suitable, even if it loads its data for a long time.

    Raises BadRedis, and QueueUnavailable with the remedy if it does not answer for `timeout_s`
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
    """Raise BadRedis with the remedy if Redis is too old, evicts streams or refuses a password."""
    async with translate_redis_errors():
        try:
            info = {**await commands.info("server"), **await commands.info("memory")}
        except AuthenticationError as e:
            raise BadRedis(f"Redis refuses the password ({e}); correct REDIS_PASSWORD") from e
        except ResponseError:
            return
    check_version(str(info.get("redis_version", "")))
    check_eviction(info)


async def check_writes(commands: Redis) -> None:
    """Write a short-lived key; QueueUnavailable has the remedy if Redis refuses it."""
    async with translate_redis_errors():
        await commands.set(WRITE_CHECK, 1, px=1)


def check_version(version: str) -> None:
    """Raise BadRedis for a version below MIN_VERSION; one that is not a number is accepted."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    if len(numbers) == 2 and tuple(numbers) < MIN_VERSION:
        raise BadRedis(f"Redis is {version}; install 6.2 or newer")


def check_eviction(info: Mapping[str, Any]) -> None:
    """Raise BadRedis if a full Redis would evict a stream; warn if it would evict forms."""
    policy, limit = str(info.get("maxmemory_policy", "noeviction")), info.get("maxmemory", 0)
    if not limit or policy == "noeviction":
        return
    remedy = f"Redis has maxmemory-policy {policy}; set it to noeviction"
    if policy.startswith("allkeys"):
        raise BadRedis(f"{remedy}, otherwise a full Redis evicts all jobs")
    logger.warning("%s, otherwise a full Redis evicts unsent forms", remedy)
