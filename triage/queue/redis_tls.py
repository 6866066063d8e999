"""
The TLS settings of a Redis URL: checked before anything is sent, and read once.

OpenSSL takes about 50 ms to read the trusted certificate authorities, and the client reads them for
every connection, in the event loop: fifty simultaneous reviews would time out.
"""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection
from redis.exceptions import RedisError

from triage.errors import QueueUnavailable


def share_tls_context(client: Redis) -> Redis:
    """
    Return `client`, whose connections now share one TLS context.

    Raises QueueUnavailable if the URL's parameters and files do not give one.
    """
    pool = client.connection_pool
    try:
        connection = pool.connection_class(**pool.connection_kwargs)
    except RedisError as e:
        raise QueueUnavailable(f"REDIS_URL: {e}") from e
    except TypeError as e:  # ends with the name of the parameter
        name = str(e).rpartition(" ")[2]
        raise QueueUnavailable(
            f"REDIS_URL: {name} is not a parameter of such a URL; those of TLS need rediss://"
        ) from e
    if isinstance(connection, SSLConnection):
        _read_files(connection)
        pool.connection_class = _like(connection)
    return client


def _read_files(connection: SSLConnection) -> None:
    try:
        connection.ssl_context.get()
    except OSError as e:  # an error of OpenSSL is one too
        files = filter(None, (connection.ca_certs, connection.certfile, connection.keyfile))
        raise QueueUnavailable(f"REDIS_URL: {', '.join(files)}: {e.strerror or e}") from e


def _like(first: SSLConnection) -> type[SSLConnection]:
    """Return a class of connection that uses the TLS context of `first`."""

    class Connection(SSLConnection):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.ssl_context = first.ssl_context

    return Connection
