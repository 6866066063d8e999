"""Starts a process again when it has ended, as Docker's restart policy does."""

import asyncio
from contextlib import suppress
from functools import partial

from tests.e2e.processes import Installation, Running

LOOK_EVERY_S = 0.1


class Supervised:
    """One module of an installation that always runs."""

    def __init__(self, installation: Installation, module: str, **settings: str) -> None:
        """`settings` are those of this process alone."""
        self.starts = 0
        self._installation = installation
        self._module = module
        self._settings = settings
        self._process: Running | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and watch it."""
        await self._start_process()
        self._task = asyncio.create_task(self._watch())

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def kill(self) -> None:
        """End the process with SIGKILL; it starts again."""
        assert self._process is not None, "it was started"
        self._process.kill()

    def __str__(self) -> str:
        """Say how often it was started, and why it is started no more."""
        failed = self._task is not None and self._task.done() and not self._task.cancelled()
        why = f", not again: {self._task.exception()!r}" if failed and self._task else ""
        return f"{self._module} started {self.starts} times{why}"

    async def stop_watching(self) -> None:
        """Leave the process alone from now on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _start_process(self) -> None:
        start = partial(self._installation.start, self._module, **self._settings)
        self._process = await asyncio.to_thread(start)
        self.starts += 1

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._process is None or self._process.poll() is not None:
                await self._start_process()
