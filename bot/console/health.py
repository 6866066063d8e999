"""python -m bot health: says whether the bot here does its work. Loads no aiogram."""

import asyncio

from bot.settings import BotSettings
from triage.command_line import tell
from triage.findings import Finding
from triage.health_rules import of_bot
from triage.queue.backlog import read_backlog
from triage.queue.heartbeat import beats
from triage.queue.redis_check import check_server
from triage.settings import connected, read_settings


def health() -> int:
    """Print a line and return 0 where the bot is well, 1 where not; raises TriageError."""
    return tell("bot", asyncio.run(_look(read_settings(BotSettings))))


async def _look(settings: BotSettings) -> Finding:
    async with connected(settings) as connections:
        commands = connections.commands
        await check_server(commands)
        backlog = await read_backlog(commands)
        return of_bot(
            polls=bool(settings.webhook_url) or await beats(commands, "polling"),
            beats=await beats(commands, "answers"),
            outcomes=backlog.outcomes,
        )
