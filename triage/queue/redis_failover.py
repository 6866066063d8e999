"""
Connections that are replaced when a server reports that it cannot serve.

After a failover the open connections may lead to the old server, which is a replica now and stays
reachable: it would refuse every write for as long as the connections are kept.
"""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

_CANNOT_SERVE = (ReadOnlyError, BusyLoadingError, MasterDownError, ClusterDownError)

# A primary without enough replicas; the client has no class for it.
_TOO_FEW_REPLICAS = "NOREPLICAS"


def cannot_serve(error: RedisError) -> bool:
    """Return whether another server may be behind a new connection."""
    return isinstance(error, _CANNOT_SERVE) or str(error).startswith(_TOO_FEW_REPLICAS)


class Failovers:
    """Counts how often the open connections led to the wrong server."""

    def __init__(self) -> None:
        self.count = 0


def reconnect_after_failover(client: Redis, failovers: Failovers) -> Redis:
    """
    Return `client`, whose open connections are replaced before their next command after a failover.

    Clients with the same `failovers` share what they detect. A timeout counts as a failover,
    because the idle connections may lead to the same server.
    """
    pool: Any = client.connection_pool

    class RenewedConnection(pool.connection_class):  # type: ignore[misc]
        """A connection that is opened again after a failover."""

        _opened_at: int | None = None

        async def connect(self) -> None:
            """Connect again unless there is a connection since the last failover."""
            if self._opened_at != failovers.count:
                await self.disconnect(nowait=True)
                self._opened_at = failovers.count
            await super().connect()

        async def read_response(self, *arguments: Any, **options: Any) -> Any:
            """Read a response; raises what the client raises."""
            try:
                return await super().read_response(*arguments, **options)
            except RedisError as e:
                # A failover is counted once, even if several connections detect it.
                found = cannot_serve(e) or isinstance(e, RedisTimeoutError)
                if found and self._opened_at == failovers.count:
                    failovers.count += 1
                raise

    pool.connection_class = RenewedConnection
    return client
