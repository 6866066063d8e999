"""Where the settings say that archive and key are."""

from bot.archive.backup import Installation
from bot.settings import BotSettings
from triage.settings import secret_value


def place_of(settings: BotSettings) -> Installation:
    """Return the place; the bot's commands and the bot itself read the same settings."""
    return Installation(
        settings.database_url.get_secret_value(),
        secret_value(settings.database_password),
        settings.triage_key_file,
    )
