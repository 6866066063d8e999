"""
Errors of the bot.

BotError
  BadArchive      the database cannot be opened or brought to this version
  BadBackup       a backup cannot be made or restored
  BadFolder       a folder cannot be written
  NothingToExport no review of these days may be trained on
  BadLocale       a locale file does not parse, or a message cannot be formatted
  TelegramRefuses Telegram cannot be reached or refuses the token or the group
  AlreadyPolled   another program receives this bot's updates
  BadWebhook      Telegram does not push to the address that it was given
  RetriedByTelegram  an update failed, and Telegram is to send it again
"""


class BotError(Exception):
    """Base of the bot's own errors; its text is one line."""


class BadArchive(BotError):
    """The database cannot be opened, or its tables cannot be brought to this version."""


class BadBackup(BotError):
    """A backup cannot be written or restored; says what to do."""


class BadFolder(BotError):
    """A folder cannot be written; names it."""


class NothingToExport(BotError):
    """No review that was labelled may be trained on; says why."""


class TelegramRefuses(BotError):
    """Telegram cannot be reached at the start, or refuses the token or the moderators' group."""


class BadLocale(BotError):
    """A locale file does not parse, or lacks a message or one of its variables; names it."""


class AlreadyPolled(BotError):
    """Another program polls for this bot's updates; each would miss updates of the other."""


class BadWebhook(BotError):
    """Telegram refuses the address of the webhook; quotes why."""


class RetriedByTelegram(BotError):
    """An update failed, and Telegram will be asked to send it again."""


class NotEphemeral(BotError):
    """The Bot API server shows a message for one member to all members."""
