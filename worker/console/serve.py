"""python -m worker: serves until it is stopped."""

import asyncio
import logging
from pathlib import Path

from triage.errors import BadKey
from triage.key_file import read_seal
from triage.logs import configure
from triage.sealing import Seal
from triage.settings import connected, read_settings
from worker import app
from worker.settings import WorkerSettings
from worker.shutdown import run_until_signalled

logger = logging.getLogger("worker")

# The pause between two checks for the key file, which the bot creates at its first start.
LOOK_S = 0.5


def serve() -> int:
    """Return 0 when stopped; raises TriageError or ClassifierError otherwise."""
    settings = read_settings(WorkerSettings)
    configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(run_until_signalled(_serve(settings)))
    except asyncio.CancelledError:
        return 0
    return 1


async def _serve(settings: WorkerSettings) -> None:
    seal = await _wait_for_seal(settings.triage_key_file)
    async with connected(settings) as connections:
        await app.serve(settings, connections, seal)


async def _wait_for_seal(key_file: Path) -> Seal:
    is_logged = False
    while True:
        try:
            return read_seal(key_file)
        except BadKey as e:
            if not isinstance(e.__cause__, FileNotFoundError):
                raise
            if not is_logged:
                logger.warning("waiting: %s", e)
            is_logged = True
        await asyncio.sleep(LOOK_S)
