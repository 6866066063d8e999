"""Where the settings say that archive and key are."""

from bot.archive.backup import Installation
from bot.settings import BotSettings
from triage.settings import revealed


def place_of(settings: BotSettings) -> Installation:
    """Return the place; the bot's commands and the bot itself read the same settings."""
    return Installation(
        settings.database_url.get_secret_value(),
        revealed(settings.database_password),
        settings.triage_key_file,
    )
