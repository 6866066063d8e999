"""Where the settings say that archive and key are."""

from bot.backup import Place
from bot.settings import BotSettings


def place_of(settings: BotSettings) -> Place:
    """Return the place; the bot's commands and the bot itself read the same settings."""
    password = settings.database_password
    return Place(
        settings.database_url.get_secret_value(),
        password and password.get_secret_value(),
        settings.triage_key_file,
    )
