"""How a worker ends: within a time limit, and no job is lost."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from triage.errors import QueueUnavailable
from worker.classifiers.errors import GpuFailed
from worker.loop import Worker

logger = logging.getLogger(__name__)

# The running batch may take this long after a stop; then its jobs are left to another worker.
STOP_S = 20.0


async def run_until_signalled(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`, which SIGTERM or Ctrl-C cancels; a second one does not wait for the batch."""
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


async def run_until_cancelled(worker: Worker, stop_s: float = STOP_S) -> None:
    """
    Run `worker`; when cancelled, let it finish for at most `stop_s`, then return its jobs.

    When cancelled again, it does not wait any longer.
    """
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.shield(running)
    except GpuFailed:
        await _give_back(worker)
        raise
    except asyncio.CancelledError:
        worker.stop()
        logger.info("stopping: the running batch may take %.0f s", stop_s)
        try:
            async with asyncio.timeout(stop_s):
                await running
        except TimeoutError:
            logger.warning("stopped after %.0f s with unfinished jobs", stop_s)
        except GpuFailed as e:
            logger.error("%s", e)
        finally:
            await _give_back(worker)
        raise


async def _give_back(worker: Worker) -> None:
    """Return the jobs; this takes a few commands, and a cancellation does not interrupt it."""
    giving = asyncio.create_task(worker.give_back())
    while not giving.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([giving])
    try:
        giving.result()
    except QueueUnavailable as e:
        logger.warning("unfinished jobs wait for their lease to expire: %s", e)
