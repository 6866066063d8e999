"""python -m worker health: reports whether this machine's worker is healthy. Loads no model."""

import asyncio
import socket
from dataclasses import replace

from triage.checks import CheckResult
from triage.command_line import print_result
from triage.health_rules import worker_health
from triage.queue.backlog import read_backlog
from triage.queue.heartbeat import is_alive
from triage.queue.redis_check import check_redis_server, check_writes
from triage.queue.served_models import read_served_models
from triage.settings import connected, read_settings
from worker.settings import WorkerSettings


def health() -> int:
    """Print a line and return 0 if the worker is healthy, 1 if not; raises TriageError."""
    return print_result("worker", asyncio.run(_look(read_settings(WorkerSettings))))


async def _look(settings: WorkerSettings) -> CheckResult:
    async with connected(settings) as connections:
        commands = connections.commands
        await check_redis_server(commands)
        await check_writes(commands)
        backlog = await read_backlog(commands)
        result = worker_health(
            alive=await is_alive(commands, "worker"),
            jobs=backlog.jobs,
            outcomes=backlog.outcomes,
        )
        models = await read_served_models(commands)
    here = [model for model in models if model.host == socket.gethostname()]
    return replace(result, text="; ".join([result.text, *(model.summary for model in here)]))
