"""
Looks once whether a Redis can be trusted with the streams.

Only INFO is asked, which a careful administrator forbids least; where it is forbidden or unknown
(a Redis inside the process) nothing can be said and nothing is.
"""

import logging
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from triage.errors import QueueUnavailable
from triage.redis_errors import translated

logger = logging.getLogger(__name__)

# XPENDING ... IDLE came with it, by which jobs of dead workers are found.
NEEDED = (6, 2)


async def check_server(commands: Redis) -> None:
    """Raise QueueUnavailable with the remedy where Redis is too old or may drop a stream."""
    async with translated():
        try:
            info = {**await commands.info("server"), **await commands.info("memory")}
        except ResponseError:
            return
    check_version(str(info.get("redis_version", "")))
    check_eviction(info)


def check_version(version: str) -> None:
    """Raise QueueUnavailable for a version below NEEDED; one that is no number is let pass."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    if len(numbers) == 2 and tuple(numbers) < NEEDED:
        raise QueueUnavailable(f"Redis is {version}; install 6.2 or newer")


def check_eviction(info: Mapping[str, Any]) -> None:
    """Raise QueueUnavailable where a full Redis would drop a stream; warn where it drops forms."""
    policy, limit = str(info.get("maxmemory_policy", "noeviction")), info.get("maxmemory", 0)
    if not limit or policy == "noeviction":
        return
    remedy = f"Redis has maxmemory-policy {policy}; set it to noeviction"
    if policy.startswith("allkeys"):
        raise QueueUnavailable(f"{remedy}, else a full Redis drops all jobs at once")
    logger.warning("%s, else a full Redis drops half-filled forms", remedy)
