"""
Keys that expire. If the clock of Redis is set back, their time to live grows by the difference.

No wait may exceed the window that its key was stored for.
"""

from typing import Any

from redis.asyncio import Redis


async def bounded_ttl_ms(redis: Redis, key: str, window_ms: int) -> int:
    """
    Return in how many milliseconds `key` expires, after limiting that to `window_ms`.

    It is negative for a key that is missing or never expires. Raises the client's errors.
    """
    commands: Any = redis  # the library types its commands for both kinds of client
    left_ms = int(await commands.pttl(key))
    if left_ms <= window_ms:
        return left_ms
    await commands.pexpire(key, window_ms)
    return window_ms
