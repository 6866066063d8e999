"""
Formatted text as Telegram stores it: cleaned, trimmed, with valid entities.

Pure. Offsets and lengths are UTF-16 code units (https://core.telegram.org/api/entities). Cleaning
and trimming follow `clean_input_string` and `fix_formatted_text` of TDLib, the library of the
official Bot API server. Unlike Telegram, it does not split entities that overlap partly.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.errors import bad_request

# Larger offsets and lengths than this are refused without looking at the text.
MAX_OFFSET = 1_000_000

# Kinds that a bot may set; Telegram itself finds the others in the text.
NESTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
HIDDEN = frozenset({"text_link", "text_mention", "custom_emoji"})
CODE = frozenset({"code", "pre"})
ASKED_FOR = NESTABLE | QUOTES | HIDDEN | CODE

# In order of precedence: of kinds that overlap, the first one is kept.
_FOUND = (
    ("url", re.compile(r"\bhttps?://[^\s<>\"]+[^\s<>\".,:;!?')\]]")),
    ("email", re.compile(r"(?<![\w.@])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?\b(?![/<>])"),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\d*[^\W\d]\w*")),
)
KNOWN_KINDS = ASKED_FOR | {kind for kind, _ in _FOUND} | {"cashtag", "phone_number"}

_TO_SPACE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile(r"[\r\u2028-\u202e\u0333\u033f\u030a]")
_DIRECTION_MARKS = re.compile(r"[\u200e\u200f](?=[\u200e\u200f])")
_BLANK = re.compile(
    r"[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    r"\U000e0000-\U000e007f]*"
)
_MIDDLE = -1


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted or recognized part of a text; `extra` holds fields such as a link."""

    kind: str
    offset: int
    length: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The offset after the last unit."""
        return self.offset + self.length

    def to_json(self) -> dict[str, Any]:
        """Return a MessageEntity (https://core.telegram.org/bots/api#messageentity)."""
        return {"type": self.kind, "offset": self.offset, "length": self.length, **self.extra}


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text and its entities, sorted by offset."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


EMPTY = FormattedText()


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def clean(text: str) -> str:
    """Return `text` as Telegram stores it, not yet trimmed."""
    spaced = _DROPPED.sub("", _TO_SPACE.sub(" ", text))
    return _DIRECTION_MARKS.sub("\u200c", spaced)


def fix(text: str, entities: Iterable[Entity] = ()) -> FormattedText:
    """
    Return a text as Telegram stores it; empty if it has no visible character.

    Refuses entities that begin or end outside the text or inside a surrogate pair.
    """
    wanted = _without_conflicts(_checked(entities))
    cleaned = clean(text)
    if wanted:
        wanted = _moved(wanted, text)
        wanted = _without_conflicts(_without_blank_starts(wanted, cleaned))
    if _BLANK.fullmatch(cleaned):
        return FormattedText()
    trimmed = _trimmed(cleaned, wanted)
    return FormattedText(trimmed.text, _with_found(trimmed))


def _checked(entities: Iterable[Entity]) -> list[Entity]:
    kept = []
    for entity in entities:
        for name, value in (("offset", entity.offset), ("length", entity.length)):
            if not 0 <= value <= MAX_OFFSET:
                raise bad_request(f"receive an entity with incorrect {name} {value}")
        if entity.length and entity.kind in ASKED_FOR:
            kept.append(entity)
    return kept


def _without_conflicts(entities: Sequence[Entity]) -> list[Entity]:
    """Sort entities; join equal adjacent ones, keep the first of exclusive ones."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.offset, -e.length, e.kind)):
        same = next((k for k in reversed(kept) if k.kind == entity.kind), None)
        if entity.kind in NESTABLE and same is not None and same.end >= entity.offset:
            longer = max(same.end, entity.end) - same.offset
            kept[kept.index(same)] = replace(same, length=longer)
        elif not any(_exclude(k, entity) for k in kept if k.end > entity.offset):
            kept.append(entity)
    return kept


def _exclude(first: Entity, second: Entity) -> bool:
    """Return whether Telegram drops `second` if both cover the same units."""
    if first.kind in CODE:
        return True
    if first.kind in QUOTES:
        return second.kind in QUOTES
    return first.kind not in NESTABLE and second.kind not in NESTABLE | QUOTES


def _moved(entities: Sequence[Entity], text: str) -> list[Entity]:
    """Return the entities of `text` with their offsets after cleaning."""
    places = _places(text)
    size = len(places) - 1
    for entity in entities:
        if entity.offset > size:
            raise bad_request(
                f"entity begins after the end of the text at UTF-16 offset {entity.offset}"
            )
        where = f"entity beginning at UTF-16 offset {entity.offset} ends"
        if entity.end > size:
            raise bad_request(f"{where} after the end of the text at UTF-16 offset {entity.end}")
        for what, offset in (("entity begins", entity.offset), (where, entity.end)):
            if places[offset] == _MIDDLE:
                raise bad_request(
                    f"{what} in a middle of a UTF-16 symbol at byte offset {_bytes(text, offset)}"
                )
    return [
        replace(e, offset=places[e.offset], length=places[e.end] - places[e.offset])
        for e in entities
    ]


def _bytes(text: str, offset: int) -> int:
    """Return the UTF-8 byte offset at which the character around UTF-16 `offset` ends."""
    return len(text.encode("utf-16-le")[: 2 * offset + 2].decode("utf-16-le").encode())


def _places(text: str) -> list[int]:
    """Return, for each UTF-16 offset of `text`, the offset after cleaning."""
    places, place = [], 0
    for character in text:
        places.append(place)
        if character > "\uffff":
            places.append(_MIDDLE)
            place += 2
        elif not _DROPPED.match(character):
            place += 1
    return [*places, place]


def _without_blank_starts(entities: Sequence[Entity], text: str) -> list[Entity]:
    """Move the start of entities to a visible character; drop those without one."""
    units = text.encode("utf-16-le")
    kept = []
    for entity in entities:
        inside = units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")
        blank = len(inside) - len(inside.lstrip(" \n"))
        if entity.kind in HIDDEN:
            kept.append(entity)
        elif blank < len(inside):
            kept.append(replace(entity, offset=entity.offset + blank, length=entity.length - blank))
    return [entity for entity in kept if entity.length]


def _trimmed(text: str, entities: Sequence[Entity]) -> FormattedText:
    right = text.rstrip(" \n")
    size = utf16_length(right)
    first = min([entity.offset for entity in entities], default=size)
    left = min(len(right) - len(right.lstrip(" \n")), first)
    return FormattedText(
        right[left:],
        tuple(
            replace(e, offset=e.offset - left, length=min(e.end, size) - e.offset)
            for e in entities
            if e.offset < size
        ),
    )


def _with_found(formatted: FormattedText) -> tuple[Entity, ...]:
    """Add the entities that Telegram finds: links, addresses, commands, mentions, hashtags."""
    taken = [e for e in formatted.entities if e.kind not in NESTABLE | QUOTES]
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(formatted.text):
            offset = utf16_length(formatted.text[: match.start()])
            new = Entity(kind, offset, utf16_length(match[0]))
            if not any(e.offset < new.end and new.offset < e.end for e in (*taken, *found)):
                found.append(new)
    if not found:
        return formatted.entities
    return tuple(sorted((*formatted.entities, *found), key=lambda e: (e.offset, -e.length, e.kind)))
