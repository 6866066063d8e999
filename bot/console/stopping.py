"""Stops the process on SIGTERM, within a time limit."""

import asyncio
import logging
import os
import signal
import threading
from typing import Any

logger = logging.getLogger(__name__)

# A stop takes a second or two. If neither Telegram nor Redis answers, the waits for updates being
# handled (DRAIN_S) and for leases add up to half of this; docker-compose.yml allows more.
STOP_S = 25.0


def stop_on_sigterm(task: asyncio.Task[Any]) -> None:
    """Cancel `task` on SIGTERM, and end the process if it still runs after STOP_S."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _stop, task)


def _stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    # A thread, because the cause of the delay may block the event loop or occur after its end.
    last = threading.Timer(STOP_S, _end)
    last.daemon = True
    last.start()


def _end() -> None:
    """End like a crash: accepted reviews are in the archive, and the next start continues."""
    logger.error("not stopped within %g s; exits now, no accepted review is lost", STOP_S)
    os._exit(1)
