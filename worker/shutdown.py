"""How a worker ends when its task is cancelled: within a time limit, and no job is lost."""

import asyncio
import logging

from triage.errors import QueueUnavailable
from worker.classifiers.errors import GpuFailed
from worker.loop import Worker

logger = logging.getLogger(__name__)

# The running batch may take this long after a stop; then its jobs are left to another worker.
STOP_S = 20.0


async def run_until_cancelled(worker: Worker, stop_s: float = STOP_S) -> None:
    """Run `worker`; when cancelled, let it finish for at most `stop_s`, then return its jobs."""
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.shield(running)
    except GpuFailed:
        await _give_back(worker)
        raise
    except asyncio.CancelledError:
        worker.stop()
        try:
            async with asyncio.timeout(stop_s):
                await running
        except TimeoutError:
            logger.warning("stopped after %.0f s with unfinished jobs", stop_s)
        except GpuFailed as e:
            logger.error("%s", e)
        await _give_back(worker)
        raise


async def _give_back(worker: Worker) -> None:
    try:
        await worker.give_back()
    except QueueUnavailable as e:
        logger.warning("unfinished jobs wait for their lease to expire: %s", e)
