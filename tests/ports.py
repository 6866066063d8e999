"""Ports that servers of the tests may listen on."""

import os
import socket
from collections.abc import Iterator
from itertools import cycle

FIRST, LAST = 20_000, 30_000

# Another one at each call, and in each process of a parallel run another row of them.
_candidates: Iterator[int] = cycle(
    (*range(_begin := FIRST + os.getpid() * 37 % (LAST - FIRST), LAST), *range(FIRST, _begin))
)


def free_port() -> int:
    """Return a free port below those that the system gives to clients, so that none takes it."""
    for _ in range(LAST - FIRST):
        port = next(_candidates)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port from {FIRST} to {LAST}")
