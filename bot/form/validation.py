"""
What counts as the text of a review.

Pure: text in, a value out. Length is counted as Telegram counts it, in UTF-16 code units
(https://core.telegram.org/api/entities#entity-length). Characters that Telegram removes from
messages are removed here too, in case a client manages to send them.
"""

import re
import unicodedata
from dataclasses import dataclass

# What Telegram's servers turn into a space, and what they drop: carriage returns, line and
# paragraph separators with the bidi embeddings, and three combining lines that overlap the text.
# C1 controls and bidi isolates are our addition: they would garble a card as well.
_TO_SPACE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# So would direction marks, word joiners and tag characters, which hide words from a reader.
_DROPPED = re.compile(
    r"[\r\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\u0333\u033f\u030a\U000e0000-\U000e007f]"
)

# Letters carry one or two marks, rarely three; a stack of them covers the lines above and below.
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_STACKED = re.compile(f"({_MARK}{{3}}){_MARK}+")

# Spaces, marks and controls. Unassigned characters are not among them: they are emoji newer than
# this Python.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Mn", "Mc", "Me", "Cc", "Cf", "Cs", "Co"})

# Letters by category, but invisible.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


# A message that begins like this is a command, even if no handler knows it; a slash alone does not
# make one.
COMMAND = re.compile(r"/[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Empty:
    """The text has no visible character."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """The text is longer than the limit; both in UTF-16 units."""

    length: int
    limit: int


Refusal = Empty | TooLong


def clean(text: str) -> str:
    """Return `text` without control and bidi characters, stacked marks and blank ends."""
    return _STACKED.sub(r"\1", _DROPPED.sub("", _TO_SPACE.sub(" ", text))).strip()


def refusal(text: str, limit: int) -> Refusal | None:
    """Return why a cleaned text is refused, or None."""
    if not any(map(_visible, text)):
        return Empty()
    length = utf16_length(text)
    return TooLong(length, limit) if length > limit else None


def utf16_length(text: str) -> int:
    """Return the length of `text` as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(words: str, length: int) -> str:
    """Return `words`, cut to `length` UTF-16 units with an ellipsis."""
    if utf16_length(words) <= length:
        return words
    while utf16_length(words) > length - 1:
        words = words[:-1]
    return words.rstrip() + "…"


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in _BLANK
