"""What a failed call to Telegram says about a message: not delivered and why, or unknown. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
)


class Undelivered(StrEnum):
    """Why a message is not delivered; the values are parts of message keys."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NO_CHAT = "no-chat"
    TOO_LONG = "too-long"
    FILE_TOO_BIG = "file-too-big"
    FILE_GONE = "file-gone"
    GONE = "gone"
    UNSHOWN = "unshown"  # the moderators could not see the hold, so they could not cancel
    UNKNOWN = "unknown"  # it may have arrived, and a person chose not to send it again
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """Telegram refused the message permanently."""

    reason: Undelivered


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made: the message may be sent again."""


@dataclass(frozen=True, slots=True)
class MayHaveArrived:
    """The answer was lost: Telegram may have delivered the message."""


Failure = NotDelivered | NotSent | MayHaveArrived

# Parts of Telegram's messages (https://core.telegram.org/bots/api#making-requests lists none).
_REFUSALS = (
    ("bot was blocked", Undelivered.BLOCKED),
    ("can't initiate conversation", Undelivered.BLOCKED),
    ("user is deactivated", Undelivered.DEACTIVATED),
    ("USER_DEACTIVATED", Undelivered.DEACTIVATED),
    ("chat not found", Undelivered.NO_CHAT),
    ("PEER_ID_INVALID", Undelivered.NO_CHAT),
    ("too long", Undelivered.TOO_LONG),
    ("TOO_LONG", Undelivered.TOO_LONG),
    ("too big", Undelivered.FILE_TOO_BIG),
    ("Too Large", Undelivered.FILE_TOO_BIG),
    ("wrong file", Undelivered.FILE_GONE),
    ("FILE_REFERENCE", Undelivered.FILE_GONE),
    ("message to edit not found", Undelivered.GONE),
    ("message can't be edited", Undelivered.GONE),
    ("MESSAGE_ID_INVALID", Undelivered.GONE),
)

_REFUSED = (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound, TelegramEntityTooLarge)

# How aiogram's message begins if the connection itself failed.
_NO_CONNECTION = ("ClientConnector", "ConnectionRefused")


def failure_of(error: TelegramAPIError) -> Failure:
    """Return what `error` says about the message that was sent."""
    if isinstance(error, _REFUSED):
        found = (reason for words, reason in _REFUSALS if words in error.message)
        return NotDelivered(next(found, Undelivered.OTHER))
    if isinstance(error, TelegramNetworkError) and error.message.startswith(_NO_CONNECTION):
        return NotSent()
    return MayHaveArrived()
