"""
Recognises Telegram's errors by their text, because one error code stands for many causes. Pure.

Telegram documents no list of these texts (https://core.telegram.org/bots/api#making-requests).
`text` is the message of an aiogram error.
"""

_GROUP_REFUSALS = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "CHAT_WRITE_FORBIDDEN",
    "PEER_ID_INVALID",
    "TOPIC_CLOSED",
    "group chat was",
    "chat is deactivated",
)
_GONE = ("message to delete not found", "message to edit not found", "MESSAGE_ID_INVALID")
_NOT_EDITABLE = ("not found", "MESSAGE_ID_INVALID", "can't be edited")


def is_unmodified(text: str) -> bool:
    """Return whether the message already shows what the edit would show."""
    return "not modified" in text


def is_gone(text: str) -> bool:
    """Return whether the message to edit or delete does not exist."""
    return any(part in text for part in _GONE)


def is_edit_over(text: str) -> bool:
    """Return whether nothing is left to edit: it was done before, or the message is gone."""
    return is_unmodified(text) or is_gone(text)


def cannot_be_edited(text: str) -> bool:
    """Return whether the message does not exist or can no longer be edited."""
    return any(part in text for part in _NOT_EDITABLE)


def has_no_caption(text: str) -> bool:
    """Return whether the message is plain text, so that it has no caption to edit."""
    return "no caption" in text


def is_too_late(text: str) -> bool:
    """Return whether a tap is too old to be acknowledged."""
    return "query is too old" in text


def is_no_chat(text: str) -> bool:
    """Return whether the chat is unknown to the bot."""
    return "chat not found" in text


def is_about_the_group(text: str) -> bool:
    """Return whether Telegram refuses every message to the group."""
    return any(part in text for part in _GROUP_REFUSALS)
