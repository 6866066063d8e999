"""python -m worker health: says whether the worker here does its work. Loads no model."""

import asyncio

from triage.backlog import look_at
from triage.health import Health, of_worker
from triage.heartbeat import beats
from triage.limits import JOBS, OUTCOMES
from triage.reading_settings import read_settings, revealed
from triage.redis_check import check_server
from triage.streams import connect
from worker.settings import WorkerSettings


def health() -> int:
    """Print a line and return 0 where the worker is well, 1 where not; raises TriageError."""
    found = asyncio.run(_look(read_settings(WorkerSettings)))
    print(f"worker: {found.words}")
    return 0 if found.well else 1


async def _look(settings: WorkerSettings) -> Health:
    connections = connect(settings.redis_url.get_secret_value(), revealed(settings.redis_password))
    commands = connections.commands
    try:
        await check_server(commands)
        return of_worker(
            beats=await beats(commands, "worker"),
            jobs=await look_at(commands, JOBS),
            outcomes=await look_at(commands, OUTCOMES),
        )
    finally:
        await connections.aclose()
