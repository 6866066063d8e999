"""
Draws charts in other processes: matplotlib is slow and not safe in threads.

It knows no chart; it gets a drawing function of this package and its arguments.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import ParamSpec

logger = logging.getLogger(__name__)

P = ParamSpec("P")


class DrawingPool:
    """
    Processes that draw; they start with the first chart.

    A process that dies (for example out of memory) breaks the whole pool; the pool is replaced and
    the chart is tried once more.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = self._new()
        self._closed = False

    def _new(self) -> ProcessPoolExecutor:
        # A forked child would inherit the event loop's sockets and locks.
        return ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=_prepare,
        )

    async def draw(
        self, picture: Callable[P, bytes], /, *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        """Return the PNG that `picture` draws of the arguments, which must be picklable."""
        pool = self._pool
        try:
            return await self._run(pool, picture, *args, **kwargs)
        except BrokenProcessPool:
            if self._closed:
                raise
            if pool is self._pool:
                logger.warning("the drawing processes died and are replaced")
                self._pool = self._new()
            return await self._run(self._pool, picture, *args, **kwargs)

    @staticmethod
    async def _run(
        pool: ProcessPoolExecutor,
        picture: Callable[P, bytes],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> bytes:
        return await asyncio.wrap_future(pool.submit(picture, *args, **kwargs))

    def close(self) -> None:
        """End the processes; unfinished charts are dropped: one takes seconds on a busy machine."""
        self._closed = True
        # From Python 3.14 on this is kill_workers().
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """Make a drawing process end when its parent process ends."""
    # Ctrl-C goes to every process of the terminal; this one ends when its pool is closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A chart multiplies no matrices. Numpy, not imported yet, would start a thread for each core in
    # each process; with many cores these reach the container's limit of threads.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Exit when the parent process ends without closing the pool."""
    parent = parent_process()
    assert parent is not None, "it runs in a process of the pool"
    parent.join()
    os._exit(1)
