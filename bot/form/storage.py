"""Form state in Redis, encrypted, because an unsent draft contains a person's words too."""

import json
from typing import Any

from aiogram.fsm.storage.base import DefaultKeyBuilder
from aiogram.fsm.storage.redis import RedisStorage
from redis.asyncio import Redis

from triage.errors import BadSeal
from triage.sealing import Seal

KEY_PREFIX = "{triage}:form"

# A form that has not been used for this long is deleted.
FORM_TTL_S = 7 * 24 * 3600


class FormStorage(RedisStorage):
    """Stores forms encrypted; the caller owns and closes the Redis client."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        def dumps(data: Any, **_: Any) -> str:
            return seal.close(json.dumps(data).encode()).decode()

        def loads(sealed: str, **_: Any) -> Any:
            try:
                return json.loads(seal.open(sealed.encode()))
            except BadSeal:
                return {}  # encrypted with a removed key: the person starts a new form

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
