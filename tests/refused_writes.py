"""Servers and disks that take no more writes, in the ways that people meet."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis

from tests.redis_server import RedisServer

Spoil = Callable[[RedisServer, Redis], None]

# Nothing of an archive is as small.
TINY_BYTES = 100


def fill_memory(_: RedisServer, client: Redis) -> None:
    client.config_set("maxmemory", 1)


def take_replicas(_: RedisServer, client: Redis) -> None:
    client.config_set("min-replicas-to-write", 1)


def make_replica(_: RedisServer, client: Redis) -> None:
    client.replicaof("127.0.0.1", 1)


def fail_snapshot(server: RedisServer, client: Redis) -> None:
    """Let the last snapshot fail: a folder stands where its file belongs."""
    (server.folder / "dump.rdb").mkdir()
    client.config_set("save", "3600 1")
    client.bgsave()
    deadline = time.monotonic() + 20
    while client.info("persistence")["rdb_last_bgsave_status"] != "err":
        assert time.monotonic() < deadline, "the snapshot does not fail"
        time.sleep(0.01)


# How Redis refuses writes, each with the remedy that is to be named.
REDIS_REFUSALS: dict[str, tuple[Spoil, str]] = {
    "OOM": (fill_memory, "its memory is full: raise its maxmemory"),
    "NOREPLICAS": (take_replicas, "it has too few replicas"),
    "READONLY": (make_replica, "it is a replica: point REDIS_URL to the primary"),
    "MISCONF": (fail_snapshot, "it cannot save to its disk: free space there"),
}


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow in the block, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (TINY_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
