"""
Digests in Redis of the words of customers' messages when they were last handled.

Telegram reports an edit also when a person reacts to a message or a link gets its preview
(https://core.telegram.org/bots/api#update, edited_message). Only changed words show a real edit.
"""

import hashlib
import hmac
from typing import Any

from redis.asyncio import Redis

from triage.queue.redis_errors import translate_redis_errors

# People may edit a message for 48 hours; a later edit has another cause.
KEPT_S = 49 * 3600

# A chat's oldest messages are dropped above this number.
MOST_KEPT = 200

# 64 bits: two versions of one message do not have the same digest by chance.
_DIGEST_BYTES = 8


class SeenMessages:
    """
    Remembers messages of private chats; without `secret` nobody can guess words by their digest.

    The methods raise QueueUnavailable while Redis is unreachable.
    """

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis: Any = redis
        self._secret = secret.encode()

    async def is_changed(self, chat_id: int, message_id: int, content: str) -> bool | None:
        """Return whether the message had other words before; None if that is unknown."""
        async with translate_redis_errors():
            seen = await self._redis.hget(_key(chat_id), message_id)
        return None if seen is None else bool(seen != self._digest(message_id, content))

    async def remember(self, chat_id: int, message_id: int, content: str) -> None:
        """Store the digest of the message's words."""
        key = _key(chat_id)
        async with translate_redis_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, message_id, self._digest(message_id, content))
                pipe.expire(key, KEPT_S)
                pipe.hlen(key)
                *_, count = await pipe.execute()
            if count > MOST_KEPT:
                oldest = sorted(await self._redis.hkeys(key), key=int)[: MOST_KEPT // 2]
                await self._redis.hdel(key, *oldest)

    async def forget(self, chat_id: int) -> None:
        """Delete the digests of a chat."""
        async with translate_redis_errors():
            await self._redis.delete(_key(chat_id))

    def _digest(self, message_id: int, content: str) -> bytes:
        said = f"{message_id} {content}".encode(errors="surrogatepass")
        return hmac.new(self._secret, said, hashlib.sha256).digest()[:_DIGEST_BYTES]


def _key(chat_id: int) -> str:
    return f"{{triage}}:seen:{chat_id}"
