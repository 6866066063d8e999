"""
A thread for calls that may take long or hang.

It is a daemon: the process can end while a call runs. It would wait for asyncio's own threads.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class DaemonThread:
    """Runs calls one after the other; the thread starts with the first one."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns; after a cancellation it runs on, and its result is lost."""
        future: Future[T] = Future()
        if self._thread.ident is None:
            self._thread.start()
        self._calls.put(lambda: _carry_out(call, future))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the thread after the running call."""
        self._calls.put(None)

    def _work(self) -> None:
        while call := self._calls.get():
            call()
            del call  # it holds the result


async def in_daemon_thread(call: Callable[[], T], name: str) -> T:
    """Return what `call` returns in a thread of its own."""
    thread = DaemonThread(name)
    try:
        return await thread.run(call)
    finally:
        thread.close()


def _carry_out(call: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as e:
        future.set_exception(e)
    else:
        future.set_result(result)
