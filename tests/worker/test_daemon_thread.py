import asyncio
import threading

import pytest

from worker.daemon_thread import DaemonThread, in_daemon_thread


async def test_results_and_errors_of_a_daemon_thread_are_passed_on() -> None:
    assert await in_daemon_thread(lambda: 3, "three") == 3
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 / 0, "nothing")


async def test_calls_run_in_the_same_daemon_thread_also_after_one_that_fails() -> None:
    thread = DaemonThread("calls")
    first = await thread.run(threading.current_thread)
    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 / 0)
    assert await thread.run(threading.current_thread) is first
    assert first.daemon
    thread.close()
    await asyncio.to_thread(first.join)


async def test_cancelling_does_not_wait_for_the_daemon_thread() -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        has_begun.set()
        may_end.wait()

    waiting = asyncio.create_task(in_daemon_thread(wait, "waits"))
    await asyncio.to_thread(has_begun.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()
