"""python -m bot health: tells whether this bot is healthy. Loads no aiogram."""

import asyncio

from bot.settings import BotSettings
from triage.checks import CheckResult
from triage.command_line import print_result
from triage.health_rules import bot_health
from triage.queue.backlog import read_backlog
from triage.queue.heartbeat import is_alive
from triage.queue.redis_check import check_redis_server
from triage.settings import connected, read_settings


def health() -> int:
    """Print a line and return 0 if the bot is healthy, else 1; raises TriageError."""
    return print_result("bot", asyncio.run(_look(read_settings(BotSettings))))


async def _look(settings: BotSettings) -> CheckResult:
    async with connected(settings) as connections:
        commands = connections.commands
        await check_redis_server(commands)
        backlog = await read_backlog(commands)
        return bot_health(
            polling=bool(settings.webhook_url) or await is_alive(commands, "polling"),
            alive=await is_alive(commands, "answers"),
            outcomes=backlog.outcomes,
        )
