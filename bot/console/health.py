"""python -m bot health: says whether the bot here does its work. Loads no aiogram."""

import asyncio

from bot.settings import BotSettings
from triage.backlog import look_at
from triage.health import Health, of_bot
from triage.heartbeat import beats
from triage.limits import OUTCOMES
from triage.reading_settings import read_settings, revealed
from triage.redis_check import check_server
from triage.streams import connect


def health() -> int:
    """Print a line and return 0 where the bot is well, 1 where not; raises TriageError."""
    found = asyncio.run(_look(read_settings(BotSettings)))
    print(f"bot: {found.words}")
    return 0 if found.well else 1


async def _look(settings: BotSettings) -> Health:
    connections = connect(settings.redis_url.get_secret_value(), revealed(settings.redis_password))
    commands = connections.commands
    try:
        await check_server(commands)
        return of_bot(
            polls=bool(settings.webhook_url) or await beats(commands, "polling"),
            beats=await beats(commands, "answers"),
            outcomes=await look_at(commands, OUTCOMES),
        )
    finally:
        await connections.aclose()
