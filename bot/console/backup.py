"""python -m bot backup DIR: copies archive and key while the bot runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.archive import backup as backups
from bot.console.place import place_of
from bot.settings import BotSettings
from triage.settings import read_settings


def backup(folder: Path) -> int:
    """Make a new folder in `folder`, say what is in it, and return 0."""
    place = place_of(read_settings(BotSettings))
    made = folder / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    count = asyncio.run(backups.back_up(place, made))
    print(f"{made / backups.ARCHIVE}: {count} reviews, their texts sealed")
    print(f"{made / backups.KEY}: the key. Move it to another place: with both, anybody reads them")
    return 0
