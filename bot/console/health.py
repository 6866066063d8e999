"""python -m bot health: checks whether this bot is healthy. Does not load aiogram."""

import asyncio
from dataclasses import replace

from bot.archive.groups import effective_place, topic_problem
from bot.archive.inspection import check_writable, contents
from bot.settings import BotSettings
from triage.checks import CheckResult
from triage.command_line import print_result
from triage.health_rules import bot_health
from triage.queue.backlog import read_backlog
from triage.queue.heartbeat import is_alive
from triage.queue.redis_check import check_redis_server, check_writes
from triage.settings import connected, read_settings, secret_value


def health() -> int:
    """Print a line and return 0 if the bot is healthy, otherwise 1; raises TriageError."""
    return print_result("bot", asyncio.run(_look(read_settings(BotSettings))))


async def _look(settings: BotSettings) -> CheckResult:
    topic = await _topic_problem(settings)
    async with connected(settings) as connections:
        commands = connections.commands
        await check_redis_server(commands)
        await check_writes(commands)
        backlog = await read_backlog(commands)
        result = bot_health(
            polling=bool(settings.webhook_url) or await is_alive(commands, "polling"),
            alive=await is_alive(commands, "answers"),
            outcomes=backlog.outcomes,
        )
    return replace(result, text=f"{result.text}{topic}")


async def _topic_problem(settings: BotSettings) -> str:
    """Return what is wrong with the topic of the cards; raises BadArchive."""
    archive = settings.database_url.get_secret_value(), secret_value(settings.database_password)
    await check_writable(*archive)
    stored = (await contents(*archive)).moderators
    place = effective_place(stored, settings.moderators_chat_id)
    if place is None or place.refusal is None:
        return ""
    return f"; moderators' group: {topic_problem(place.refusal)}"
