"""Starts the worker: python -m worker. Settings come from the environment; see .env.example."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from pydantic import ValidationError

from triage.errors import BadKey, TriageError
from triage.logs import configure
from triage.sealing import Seal, read_seal
from triage.streams import connect
from worker.app import serve
from worker.errors import WorkerError
from worker.settings import WorkerSettings

logger = logging.getLogger("worker")

# How often a worker looks for the key that the bot makes at its first start.
LOOK_S = 0.5


async def run(settings: WorkerSettings) -> None:
    """Serve until SIGTERM or Ctrl-C; a second one does not wait for the batch in hand."""
    task = asyncio.create_task(_run(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


async def _run(settings: WorkerSettings) -> None:
    seal = await _wait_for_seal(settings.triage_key_file)
    connections = connect(settings.redis_url.get_secret_value())
    try:
        await serve(settings, connections, seal)
    finally:
        await connections.aclose()


async def _wait_for_seal(key_file: Path) -> Seal:
    said = False
    while True:
        try:
            return read_seal(key_file)
        except BadKey as e:
            if not isinstance(e.__cause__, FileNotFoundError):
                raise
            if not said:
                logger.warning("waiting: %s", e)
            said = True
        await asyncio.sleep(LOOK_S)


def main() -> int:
    """Return the exit code: 2 for settings that cannot be used, 1 for other reasons not to run."""
    try:
        settings = WorkerSettings()
    except ValidationError as e:
        for problem in e.errors():
            name = ".".join(map(str, problem["loc"])).upper()
            print(f"worker: setting {name}: {problem['msg']}", file=sys.stderr)
        return 2
    configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(run(settings))
    except asyncio.CancelledError:
        return 0
    except (TriageError, WorkerError) as e:
        print(f"worker: {e}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
