"""python -m bot restore DIR: fills an empty archive from a folder that backup created."""

import asyncio
from pathlib import Path

from bot.archive import backup
from bot.console.backup import installation_of
from bot.settings import BotSettings
from triage.settings import read_settings


def restore(folder: Path) -> int:
    """Restore, print the number of reviews, and return 0."""
    installation = installation_of(read_settings(BotSettings))
    count = asyncio.run(backup.restore(installation, folder))
    print(f"restored {count} reviews; you can start the bot now")
    print("The archive is as it was at the backup: erasures by /forget since then are undone.")
    return 0
