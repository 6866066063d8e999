"""
Telegram's HTML: from markup to text and entities, refusing what Telegram refuses.

Pure. Source: https://core.telegram.org/bots/api#html-style; the words of the refusals are those of
`parse_html` in TDLib, the library under the official Bot API server.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.errors import Refused, bad_request
from sandbox.telegram.formatting import Entity, utf16_length

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "a": "text_link",
        "b": "bold",
        "strong": "bold",
        "i": "italic",
        "em": "italic",
        "u": "underline",
        "ins": "underline",
        "s": "strikethrough",
        "strike": "strikethrough",
        "del": "strikethrough",
        "tg-spoiler": "spoiler",
        "span": "spoiler",
        "tg-emoji": "custom_emoji",
        "code": "code",
        "pre": "pre",
        "blockquote": "blockquote",
    }
)
_CHARACTERS: Mapping[str, str] = MappingProxyType({"lt": "<", "gt": ">", "amp": "&", "quot": '"'})
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]*)|#(?P<decimal>\d*)|(?P<name>[A-Za-z]*));?")
_ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[\w.-]+)))?"""
)
_SPACE = re.compile(r"\s*")

# Longer references than this are taken as they stand.
_MAX_REFERENCE = 10


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag that waits for its end."""

    name: str
    attributes: Mapping[str, str]
    offset: int
    start: int  # where its content begins in the output


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """Return the text and its entities; refuses markup that Telegram cannot parse."""
    return _Parser(markup).run()


class _Parser:
    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._at = 0
        self._out = ""
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._markup):
            character = self._markup[self._at]
            if character == "&":
                self._reference()
            elif character != "<":
                self._out += character
                self._at += 1
            elif self._markup.startswith("/", self._at + 1):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            name = self._open[-1].name
            raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{name}"')
        return self._out, self._entities

    def _reference(self) -> None:
        match = _REFERENCE.match(self._markup, self._at)
        assert match is not None, "an ampersand starts a reference"
        character = _character(match)
        if not character:
            self._out += "&"
            self._at += 1
            return
        self._out += character
        self._at = match.end()

    def _start_tag(self) -> None:
        begin = self._at
        name = self._name(begin + 1)
        if self._at == len(self._markup):
            raise self._cannot_parse_at("Unclosed start tag", begin)
        if name not in KINDS:
            raise self._cannot_parse_at(f'Unsupported start tag "{name}"', begin)
        attributes = self._attributes(begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._cannot_parse_at('Tag "span" must have class "tg-spoiler"', begin)
        self._open.append(_Open(name, attributes, utf16_length(self._out), len(self._out)))

    def _attributes(self, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._at = self._after_space()
            if self._markup.startswith(">", self._at):
                self._at += 1
                return found
            match = _ATTRIBUTE.match(self._markup, self._at)
            if match is None or match.end() == len(self._markup):
                raise self._cannot_parse_at("Unclosed start tag", begin)
            value = match["double"] or match["single"] or (match["bare"] or "").lower()
            found[match["name"].lower()] = _decoded(value)
            self._at = match.end()

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise self._cannot_parse_at("Unexpected end tag", begin)
        name = self._name(begin + 2)
        self._at = self._after_space()
        if not self._markup.startswith(">", self._at):
            raise self._cannot_parse_at("Unclosed end tag", begin)
        self._at += 1
        opened = self._open.pop()
        if name not in ("", opened.name):
            problem = f'expected "</{opened.name}>", found "</{name}>"'
            raise _cannot_parse(f"Unmatched end tag at byte offset {self._bytes(begin)}, {problem}")
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = utf16_length(self._out) - opened.offset
        if not length:
            return
        content = self._out[opened.start :]
        kind, extra = _meaning(opened, content)
        last = self._entities[-1] if self._entities else None
        if kind == "pre" and last is not None and last.kind == "code":
            whole = (last.offset, last.length) == (opened.offset, length)
            if whole and "language" in last.extra:
                self._entities[-1] = Entity("pre", opened.offset, length, last.extra)
                return
        if kind:
            self._entities.append(Entity(kind, opened.offset, length, extra))

    def _name(self, start: int) -> str:
        self._at = start
        while self._at < len(self._markup) and self._markup[self._at] not in "> \t\r\n":
            self._at += 1
        return self._markup[start : self._at].lower()

    def _after_space(self) -> int:
        match = _SPACE.match(self._markup, self._at)
        return match.end() if match else self._at

    def _bytes(self, position: int) -> int:
        return len(self._markup[:position].encode())

    def _cannot_parse_at(self, problem: str, position: int) -> Refused:
        return _cannot_parse(f"{problem} at byte offset {self._bytes(position)}")


def _cannot_parse(problem: str) -> Refused:
    return bad_request(f"can't parse entities: {problem}")


def _character(reference: re.Match[str]) -> str:
    """Return the character that a reference stands for, or nothing if Telegram knows none."""
    if reference["name"] is not None:
        return _CHARACTERS.get(reference["name"], "")
    digits, base = (reference["hex"], 16) if reference["hex"] else (reference["decimal"], 10)
    code = int(digits or "0", base)
    if not 0 < code < 0x10FFFF or len(reference[0].rstrip(";")) >= _MAX_REFERENCE:
        return ""
    if 0xD800 <= code <= 0xDFFF:
        raise _cannot_parse(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(code)


def _decoded(value: str) -> str:
    return _REFERENCE.sub(lambda reference: _character(reference) or reference[0], value)


def _meaning(opened: _Open, content: str) -> tuple[str, dict[str, Any]]:
    """Return kind and extra fields of the entity; no kind where a link leads nowhere."""
    attributes = opened.attributes
    match opened.name:
        case "a":
            return _link(attributes.get("href") or content)
        case "tg-emoji":
            return "custom_emoji", {"custom_emoji_id": _emoji_id(attributes.get("emoji-id", ""))}
        case "code":
            language = attributes.get("class", "").removeprefix("language-")
            return "code", {"language": language} if language else {}
        case "blockquote" if "expandable" in attributes:
            return "expandable_blockquote", {}
        case name:
            return KINDS[name], {}


def _link(url: str) -> tuple[str, dict[str, Any]]:
    user_id = url.removeprefix("tg://user?id=")
    if user_id != url and user_id.isdigit():
        return "text_mention", {
            "user": {"id": int(user_id), "is_bot": False, "first_name": user_id}
        }
    return ("text_link", {"url": url}) if "." in url or "://" in url else ("", {})


def _emoji_id(given: str) -> str:
    if not given.isdigit() or int(given) == 0:
        raise _cannot_parse("Invalid custom emoji identifier specified")
    return given
