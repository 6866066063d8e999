"""python -m bot: runs the bot until it is stopped."""

import asyncio
import logging
import warnings

from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError

from bot import app
from bot.console.stopping import stop_on_sigterm
from bot.errors import TelegramRefuses
from bot.settings import BotSettings
from triage.key_file import create_key, read_seal
from triage.logs import configure
from triage.queue.redis_check import wait_for_redis
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.settings import connected, read_settings

logger = logging.getLogger("bot")


def serve() -> int:
    """Return 0 when stopped; raises TriageError or BotError, one line, if it cannot run."""
    settings = read_settings(BotSettings)
    configure(settings.log_level, settings.log_format)
    # The warning would print the whole update, a person's words included.
    warnings.filterwarnings("ignore", "Detected unknown update type")
    # Its debug log contains the values of statements.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    try:
        asyncio.run(_serve(settings))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except TelegramUnauthorizedError as e:
        raise TelegramRefuses("Telegram refuses BOT_TOKEN; ask @BotFather for the right one") from e
    except TelegramAPIError as e:
        raise TelegramRefuses(f"Telegram cannot be reached: {e}") from e
    return 1


async def _serve(settings: BotSettings) -> None:
    """Create or read the key, connect, and serve until SIGTERM or Ctrl-C."""
    if create_key(settings.triage_key_file):
        logger.warning(
            "created the key %s: back it up, without it stored reviews cannot be decrypted",
            settings.triage_key_file,
        )
    seal = read_seal(settings.triage_key_file)
    async with connected(settings) as connections:
        task = asyncio.create_task(_checked(settings, connections, seal))
        stop_on_sigterm(task)
        await task


async def _checked(settings: BotSettings, connections: Connections, seal: Seal) -> None:
    await wait_for_redis(connections.commands)
    await app.serve(settings, connections, seal)
