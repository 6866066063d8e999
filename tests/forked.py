"""
`python -m MODULE` as a process of its own that need not import the product first.

Importing aiogram takes seconds of CPU. The process is forked from a server (of the standard
library's multiprocessing) that imports the libraries once for all tests of a test process. It has
an environment, working directory, arguments and output of its own. What it forks in turn, such as
drawing processes, comes from the same server.

The libraries of large models are not imported there: some read the environment at import.

Tests that use it belong to the group "processes" of xdist. So one test process needs a server.
"""

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, get_context, resource_tracker
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from charts import pool

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["tests.forked", "tests.warm"])

LOOK_EVERY_S = 0.01

# multiprocessing polls all children when it starts one, and must not do so from two threads.
_ONE_AT_A_TIME = threading.Lock()


class Forked:
    """A process that runs a module; it has the part of Popen's interface that tests need."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
    ) -> None:
        """Start `module` in `folder`; what it prints is appended to the file `output`."""
        self.args = ["python", "-m", module, *arguments]
        output.touch(0o600)
        with _ONE_AT_A_TIME:
            forkserver.ensure_running()
            where = (str(folder), dict(environment), str(output))
            self._process = FORKING.Process(
                target=_run, args=(module, arguments, *where, _server()._forkserver_address)
            )
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code if the process has ended, negative after a signal."""
        return self.poll()

    def poll(self) -> int | None:
        """Return the exit code if the process has ended, negative after a signal."""
        with _ONE_AT_A_TIME:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when the process has ended; TimeoutExpired after `timeout` s."""
        deadline = time.monotonic() + timeout if timeout is not None else float("inf")
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise TimeoutExpired(self.args, timeout or 0)
            time.sleep(LOOK_EVERY_S)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


def _server() -> Any:
    """Return what the standard library knows of the server; it has no name for the address."""
    return forkserver._forkserver


def _run(
    module: str,
    arguments: Sequence[str],
    folder: str,
    environment: dict[str, str],
    output: str,
    address: str,
) -> None:
    # Like a process started from a terminal of its own: a signal to its group reaches no test.
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    _draw_by(address)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _draw_by(address: str) -> None:
    """Let this process get its drawing processes from the server that it was forked from."""
    server = _server()
    server._forkserver_address = address
    server.ensure_running = resource_tracker.ensure_running
    pool.get_context = lambda _method: FORKING  # type: ignore[assignment]
