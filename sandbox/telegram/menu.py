"""
The bot's profile: commands for each scope and language, and descriptions.

Source: https://core.telegram.org/bots/api#setmycommands, #setmydescription.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.errors import bad_request
from sandbox.telegram.formatting import utf16_length

MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256

# The longest description of each kind.
DESCRIPTIONS: Mapping[str, int] = MappingProxyType({"description": 512, "short_description": 120})

_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
_LANGUAGE = re.compile(r"|[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the menu, without the slash."""

    name: str
    description: str

    def to_json(self) -> dict[str, str]:
        """Return a BotCommand."""
        return {"command": self.name, "description": self.description}


class Menu:
    """Commands and descriptions as the bot set them."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], tuple[Command, ...]] = {}
        self._descriptions: dict[tuple[str, str], str] = {}

    def set_commands(self, scope: str, language_code: str, given: str) -> None:
        """Replace the commands of a scope and a language."""
        self._commands[_place(scope, language_code)] = _commands(given)

    def delete_commands(self, scope: str, language_code: str) -> None:
        """Delete the commands of a scope and a language."""
        self._commands.pop(_place(scope, language_code), None)

    def commands(self, scope: str, language_code: str) -> Sequence[Command]:
        """Return the commands that were set for exactly this scope and language."""
        return self._commands.get(_place(scope, language_code), ())

    def shown(self, scope: str, language_code: str | None) -> Sequence[Command]:
        """Return what a client shows: the narrowest scope first, its own language first."""
        for where in (scope, ""):
            for language in (language_code or "", ""):
                found = self._commands.get(_place(where, language))
                if found:
                    return found
        return ()

    def set_description(self, kind: str, language_code: str, text: str) -> None:
        """Replace a description; `kind` is one of DESCRIPTIONS."""
        if utf16_length(text) > DESCRIPTIONS[kind]:
            raise bad_request(f"BOT_{kind.upper()}_TOO_LONG")
        self._descriptions[kind, _language(language_code)] = text

    def description(self, kind: str, language_code: str) -> str:
        """Return a description; if the language has none, the one without a language."""
        code = _language(language_code)
        return self._descriptions.get((kind, code)) or self._descriptions.get((kind, ""), "")


def _place(scope: str, language_code: str) -> tuple[str, str]:
    """Return the key of a BotCommandScope (JSON, empty for the default one)."""
    given: Any = json.loads(scope) if scope else {"type": "default"}
    return json.dumps(given, sort_keys=True), _language(language_code)


def _language(code: str) -> str:
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _commands(given: str) -> tuple[Command, ...]:
    try:
        listed = json.loads(given or "null")
    except ValueError:
        raise bad_request("can't parse commands JSON object") from None
    if not isinstance(listed, list):
        raise bad_request("expected an Array of BotCommand")
    if len(listed) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return tuple(_command(one) for one in listed)


def _command(given: Mapping[str, Any]) -> Command:
    match = _COMMAND.fullmatch(str(given.get("command", "")))
    description = str(given.get("description", ""))
    if match is None:
        raise bad_request("BOT_COMMAND_INVALID")
    if not 0 < len(description) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(match[1], description)
