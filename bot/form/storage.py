"""Form state in Redis, sealed: an unsent draft is a person's words too."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from aiogram.fsm.storage.base import DefaultKeyBuilder, StorageKey
from aiogram.fsm.storage.redis import RedisEventIsolation, RedisStorage
from redis.asyncio import Redis

from triage.errors import BadSeal
from triage.sealing import Seal

KEY_PREFIX = "{triage}:form"

# A form that nobody touched for this long is forgotten.
FORM_TTL_S = 7 * 24 * 3600

# Handlers of one person wait for each other. A lock whose bot was killed is free after this time;
# Telegram seldom asks a private chat to wait as long.
LOCK_TIMEOUT_S = 60
LOCK_POLL_S = 0.02


class FormStorage(RedisStorage):
    """Keeps forms sealed; the client belongs to the caller, who closes it."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        def dumps(data: Any, **_: Any) -> str:
            return seal.close(json.dumps(data).encode()).decode()

        def loads(sealed: str, **_: Any) -> Any:
            try:
                return json.loads(seal.open(sealed.encode()))
            except BadSeal:
                return {}  # sealed with a key that is gone: the person starts a new form

        super().__init__(
            redis,
            key_builder=DefaultKeyBuilder(prefix=KEY_PREFIX),
            state_ttl=FORM_TTL_S,
            data_ttl=FORM_TTL_S,
            json_dumps=dumps,
            json_loads=loads,
        )

    async def close(self) -> None:
        """Leave the client open."""


class OneAtATime(RedisEventIsolation):
    """
    Handles one person's updates one after the other, in the order in which they came.

    The lock in Redis serves several replicas but is given to waiters in any order; the lock in
    front of it is first come, first served within this process.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__(
            redis,
            key_builder=DefaultKeyBuilder(prefix=KEY_PREFIX),
            lock_kwargs={"timeout": LOCK_TIMEOUT_S, "sleep": LOCK_POLL_S},
        )
        self._turns: WeakValueDictionary[StorageKey, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, key: StorageKey) -> AsyncGenerator[None, None]:
        """Hold the turn of `key`."""
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn, super().lock(key):
            yield
