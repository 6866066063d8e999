"""Reads formatted text from the arguments of a call, by explicit entities."""

from collections.abc import Mapping
from typing import Any

from sandbox.errors import bad_request
from sandbox.telegram.formatting import KNOWN_KINDS, Entity, FormattedText

# Fields that some kinds must have.
_EXTRA = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
}


def read_words(text: str, parse_mode: str, entities: Any) -> FormattedText:
    """
    Return text and entities as the bot sent them, not yet normalized.

    The bot sends entities only, so that a person's words are never parsed as markup
    (https://core.telegram.org/bots/api#formatting-options).
    """
    match parse_mode.lower():
        case "":
            return FormattedText(text, tuple(_entity(given) for given in entities or ()))
        case "html" | "markdown" | "markdownv2":
            raise bad_request("the sandbox does not parse markup, use entities")
        case _:
            raise bad_request("unsupported parse_mode")


def _entity(given: Mapping[str, Any]) -> Entity:
    prefix = "can't parse MessageEntity: "
    kind = given.get("type")
    if kind not in KNOWN_KINDS:
        raise bad_request(f"{prefix}Unsupported type specified")
    for name in ("offset", "length", *([_EXTRA[kind]] if kind in _EXTRA else [])):
        if given.get(name) is None:
            raise bad_request(f'{prefix}Can\'t find field "{name}"')
    extra = {name: given[name] for name in (*_EXTRA.values(), "language") if given.get(name)}
    return Entity(kind, int(given["offset"]), int(given["length"]), extra)
