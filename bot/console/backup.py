"""python -m bot backup DIR: copies archive and key while the bot runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.archive import backup as backups
from bot.archive.backup import Installation
from bot.settings import BotSettings
from triage.settings import read_settings, secret_value


def backup(folder: Path) -> int:
    """Create a new folder in `folder`, print what is in it, and return 0."""
    installation = installation_of(read_settings(BotSettings))
    made = folder / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    count = asyncio.run(backups.back_up(installation, made))
    print(f"{made / backups.ARCHIVE}: {count} reviews, texts encrypted")
    print(f"{made / backups.KEY}: the key. Store it elsewhere: both together reveal the texts")
    return 0


def installation_of(settings: BotSettings) -> Installation:
    """Return the archive and the key file that the settings name."""
    return Installation(
        settings.database_url.get_secret_value(),
        secret_value(settings.database_password),
        settings.triage_key_file,
    )
