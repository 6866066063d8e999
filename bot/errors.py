"""
What can go wrong in the bot.

BotError
  BadArchive      the database cannot be opened or brought to this version
  BadLocale       a locale file does not parse, or a message cannot be said
"""


class BotError(Exception):
    """Is the base of the bot's own errors; its text is fit for one line."""


class BadArchive(BotError):
    """The database cannot be opened, or its tables cannot be brought to this version."""


class BadLocale(BotError):
    """A locale file does not parse, or lacks a message or one of its variables; names it."""
