"""
Inline keyboards: the buttons that a bot may add below a message.

Pure. Source: https://core.telegram.org/bots/api#inlinekeyboardmarkup.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import bad_request

MAX_BUTTONS = 100
MAX_DATA_BYTES = 64
STYLES = ("danger", "primary", "success")

# What a tap on a button does; each button has exactly one of these.
ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

# Hints to a client that do not change the message.
_WITHOUT_BUTTONS = ("force_reply", "remove_keyboard")

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Button:
    """One button; a tap returns `data` to the bot, `fields` are all fields that the bot set."""

    text: str
    data: str | None
    fields: Mapping[str, Any]


Keyboard = tuple[tuple[Button, ...], ...]


def parse_keyboard(given: str, *, editing: bool = False) -> Keyboard:
    """Return the inline keyboard in a `reply_markup`, empty if there is none."""
    if not given:
        return ()
    try:
        markup = json.loads(given)
    except ValueError:
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return _no_keyboard(markup, editing=editing)
    return _rows(markup["inline_keyboard"])


def keyboard_json(keyboard: Keyboard) -> dict[str, Any]:
    """Return an InlineKeyboardMarkup."""
    return {"inline_keyboard": [[dict(button.fields) for button in row] for row in keyboard]}


def _no_keyboard(markup: Mapping[str, Any], *, editing: bool) -> Keyboard:
    if editing and markup:
        raise bad_request("inline keyboard expected")
    if "keyboard" in markup:
        raise bad_request("reply keyboards cannot be shown in the sandbox")
    for name in _WITHOUT_BUTTONS:
        if name in markup and markup[name] is not True:
            raise bad_request(f'field "{name}" must be of type Boolean')
    return ()


def _rows(given: Any) -> Keyboard:
    if not isinstance(given, list):
        raise bad_request('field "inline_keyboard" must be of type Array')
    if not all(isinstance(row, list) for row in given):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    keyboard = tuple(tuple(_button(button) for button in row) for row in given if row)
    if sum(map(len, keyboard)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return keyboard


def _button(given: Any) -> Button:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(given, dict):
        raise bad_request(f"{prefix}InlineKeyboardButton must be an Object")
    text, data = given.get("text"), given.get("callback_data")
    if not isinstance(text, str) or not text:
        raise bad_request(f'{prefix}Can\'t find field "text"')
    if not any(given.get(action) for action in ACTIONS):
        raise bad_request(f"{prefix}Text buttons are unallowed in the inline keyboard")
    if data is not None and len(str(data).encode()) > MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if given.get("style") not in (None, *STYLES):
        raise bad_request(f"{prefix}style is one of {', '.join(STYLES)}")
    if given.get("url"):
        _check_url(str(given["url"]))
    return Button(text, data, given)


def _check_url(url: str) -> None:
    prefix = f"inline keyboard button URL '{url}' is invalid: "
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in ("http", "https", "tg", "ton"):
        raise bad_request(f"{prefix}Unsupported URL protocol")
    if not scheme and "." not in url:
        raise bad_request(f"{prefix}Wrong HTTP URL")
