"""
Updates that were received by polling and are not handled yet, encrypted in Redis.

The next request for updates confirms the ones before it, so after a kill Telegram does not send
them again. They are stored before that request and removed when they are handled; the next process
handles those that are left.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError
from redis.asyncio import Redis

from triage.errors import BadSeal
from triage.queue.redis_errors import translate_redis_errors
from triage.sealing import Seal

logger = logging.getLogger(__name__)

# An update that crashes the process each time is dropped after this many tries.
MAX_TRIES = 3

# Telegram keeps unconfirmed updates for a day; older ones are left from a bot that no longer runs.
KEPT_S = 24 * 3600

# After a week without updates Telegram continues with a random id
# (https://core.telegram.org/bots/api#update), which may be lower than the last one.
LAST_ID_KEPT_S = 6 * 24 * 3600


class Inbox:
    """The stored updates of one bot. Its methods raise QueueUnavailable without Redis."""

    def __init__(self, redis: Redis, seal: Seal, bot: Bot) -> None:
        self._redis: Any = redis  # the library types its commands for both kinds of client
        self._bot = bot
        self._seal = seal
        self._updates = f"{{triage}}:inbox:{bot.id}"
        self._last_id = f"{{triage}}:inbox:{bot.id}:last"

    async def keep(self, updates: Sequence[Update]) -> None:
        """Store `updates`, which must not be empty, and the id of the last one."""
        sealed = {
            str(u.update_id): self._sealed(u.model_dump_json(exclude_unset=True)) for u in updates
        }
        async with translate_redis_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(self._updates, mapping=sealed)
            pipe.expire(self._updates, KEPT_S)
            pipe.set(self._last_id, updates[-1].update_id, ex=LAST_ID_KEPT_S)
            await pipe.execute()

    async def drop(self, *update_ids: int) -> None:
        """Remove updates that were handled or refused."""
        async with translate_redis_errors():
            await self._redis.hdel(self._updates, *map(str, update_ids))

    async def offset(self) -> int | None:
        """Return the id of the first update that Telegram should send; None if it is unknown."""
        async with translate_redis_errors():
            last_id = await self._redis.get(self._last_id)
        return None if last_id is None else int(last_id) + 1

    async def left(self) -> list[Update]:
        """Return the updates that an earlier process left, oldest first, and count this try."""
        async with translate_redis_errors():
            stored: dict[bytes, bytes] = await self._redis.hgetall(self._updates)
        found = []
        for update_id, sealed in stored.items():
            update = await self._tried(update_id.decode(), sealed)
            if update is not None:
                found.append(update)
        return sorted(found, key=lambda update: update.update_id)

    async def _tried(self, update_id: str, sealed: bytes) -> Update | None:
        try:
            tries, content = json.loads(self._seal.open(sealed))
            update = Update.model_validate_json(content, context={"bot": self._bot})
        except (BadSeal, ValueError, ValidationError):
            logger.warning("stored update %s cannot be read and is dropped", update_id)
            await self.drop(int(update_id))
            return None
        if tries >= MAX_TRIES:
            logger.error("update %s crashed this process %d times and is dropped", update_id, tries)
            await self.drop(int(update_id))
            return None
        async with translate_redis_errors():
            await self._redis.hset(self._updates, update_id, self._sealed(content, tries + 1))
        return update

    def _sealed(self, content: str, tries: int = 1) -> bytes:
        value: list[Any] = [tries, content]
        return self._seal.close(json.dumps(value).encode())
