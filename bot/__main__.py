"""Starts the bot: python -m bot. Settings come from the environment; see .env.example."""

import asyncio
import logging
import signal
import sys
import warnings

from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from pydantic import ValidationError

from bot.app import serve
from bot.errors import BotError
from bot.settings import BotSettings
from triage.errors import TriageError
from triage.logs import configure
from triage.sealing import create_key, read_seal
from triage.streams import connect

logger = logging.getLogger("bot")


async def run(settings: BotSettings) -> None:
    """Make or read the key, connect, and serve until SIGTERM or Ctrl-C."""
    if create_key(settings.triage_key_file):
        logger.warning(
            "made the key %s: back it up, without it stored reviews cannot be read",
            settings.triage_key_file,
        )
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
        settings = BotSettings()
    except ValidationError as e:
        for problem in e.errors():
            name = ".".join(map(str, problem["loc"])).upper()
            print(f"bot: setting {name}: {problem['msg']}", file=sys.stderr)
        return 2
    configure(settings.log_level, settings.log_format)
    # It would show the whole update, a person's words included.
    warnings.filterwarnings("ignore", "Detected unknown update type")
    # It would log the values of statements.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    try:
        asyncio.run(run(settings))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except (TriageError, BotError) as e:
        print(f"bot: {e}", file=sys.stderr)
    except TelegramUnauthorizedError:
        print("bot: Telegram refuses BOT_TOKEN; ask @BotFather for the right one", file=sys.stderr)
    except TelegramAPIError as e:
        print(f"bot: Telegram cannot be reached: {e}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
