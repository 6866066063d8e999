"""
Errors of the sandbox.

SandboxError
  Refused      the simulated Telegram refuses a call, in Telegram's own words
  NotSeen      what a simulated person waited for did not appear before the timeout
  BadScript    lines of a script cannot be played
  StackFailed  bot or worker ended while the sandbox was running
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})


class SandboxError(Exception):
    """Base class of all errors of this package."""


class Refused(SandboxError):
    """
    A call is refused; `code` and `description` are those of the Bot API's envelope.

    https://core.telegram.org/bots/api#making-requests
    """

    def __init__(
        self, code: int, description: str, parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters


class NotSeen(SandboxError):
    """What a simulated person waited for did not appear in time; names what the chat shows."""


class BadScript(SandboxError):
    """Lines of a script are not reviews; names them, one in each line of the message."""


class StackFailed(SandboxError):
    """Bot or worker ended by itself; its own error is the cause."""


def bad_request(description: str) -> Refused:
    """Return the refusal of an invalid request (400)."""
    return Refused(400, f"Bad Request: {description}")


def forbidden(description: str) -> Refused:
    """Return the refusal of a request that the bot has no right to make (403)."""
    return Refused(403, f"Forbidden: {description}")
