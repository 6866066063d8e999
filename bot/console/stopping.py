"""The end of the process, however long its parts would like to take for it."""

import asyncio
import logging
import os
import signal
import threading
from typing import Any

logger = logging.getLogger(__name__)

# A stop takes a second or two. Where neither Telegram nor Redis answers, the waits for updates in
# hand (DRAIN_S) and for leases come to half of this; docker-compose.yml gives more.
STOP_S = 25.0


def stop_on_sigterm(task: asyncio.Task[Any]) -> None:
    """Let SIGTERM cancel `task`, and end the process where that has not ended it in STOP_S."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _stop, task)


def _stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    # A thread: what holds up the stop may hold up the event loop, or come after it.
    last = threading.Timer(STOP_S, _end)
    last.daemon = True
    last.start()


def _end() -> None:
    """End as a crash would: what was accepted is in the archive, and the next start goes on."""
    logger.error("not stopped within %g s; ends as it is, nothing accepted is lost", STOP_S)
    os._exit(1)
