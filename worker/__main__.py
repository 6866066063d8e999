"""Starts the worker: python -m worker. Settings come from the environment; see .env.example."""

import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from triage.errors import TriageError
from triage.sealing import read_seal
from triage.streams import connect
from worker.app import serve
from worker.errors import WorkerError
from worker.settings import WorkerSettings

logger = logging.getLogger("worker")

KEY_POLL_S = 0.5


def wait_for(key_file: Path) -> None:
    """Return when the key is there: the bot makes it, perhaps a moment after the worker starts."""
    if not key_file.exists():
        logger.warning("waiting for the key %s, which the bot makes at its first start", key_file)
    while not key_file.exists():
        time.sleep(KEY_POLL_S)


async def run(settings: WorkerSettings) -> None:
    """Connect and serve until SIGTERM or Ctrl-C."""
    connections = connect(settings.redis_url.get_secret_value())
    task = asyncio.create_task(serve(settings, connections, read_seal(settings.triage_key_file)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    finally:
        await connections.aclose()


def main() -> int:
    """Return the exit code: 2 for settings that cannot be used, 1 for other reasons not to run."""
    try:
        settings = WorkerSettings()
    except ValidationError as e:
        for problem in e.errors():
            name = ".".join(map(str, problem["loc"])).upper()
            print(f"worker: setting {name}: {problem['msg']}", file=sys.stderr)
        return 2
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        wait_for(settings.triage_key_file)
        asyncio.run(run(settings))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except (TriageError, WorkerError) as e:
        print(f"worker: {e}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
