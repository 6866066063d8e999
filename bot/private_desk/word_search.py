"""
Finds words in texts: each word of a query is the beginning of a word of the text, ignoring case.
Pure.

"ё" and "е" are the same, as in most people's spelling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.form.validation import clipped

_WORD = re.compile(r"\w+")

# UTF-16 units of a text that a list shows, and how much of it comes before the first found word.
EXCERPT_LENGTH = 200
BEFORE = 60

# The query is read again from the list of its results, so it must fit there.
QUERY_LENGTH = 60


@dataclass(frozen=True, slots=True)
class WordQuery:
    """The words of a query, folded; a query without words finds nothing."""

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "WordQuery":
        """Return the query in what a person wrote."""
        found = _WORD.findall(clipped(text, QUERY_LENGTH))
        return cls(tuple(dict.fromkeys(_folded(word) for word in found)))

    def place_in(self, text: str) -> int | None:
        """Return where the first found word begins, None if the text lacks one of the words."""
        if not self.words:
            return None
        starts = [(_folded(word[0]), word.start()) for word in _WORD.finditer(text)]
        places = [_place(wanted, starts) for wanted in self.words]
        known = [place for place in places if place is not None]
        return min(known) if len(known) == len(places) else None


def excerpt(text: str, place: int = 0, length: int = EXCERPT_LENGTH) -> str:
    """Return the part of a text around a place, in one line."""
    start = text.rfind(" ", 0, max(0, place - BEFORE)) + 1 if place > BEFORE else 0
    words = " ".join(text[start:].split())
    return clipped(f"…{words}" if start else words, length)


def _place(wanted: str, starts: Sequence[tuple[str, int]]) -> int | None:
    return next((start for word, start in starts if word.startswith(wanted)), None)


def _folded(word: str) -> str:
    return word.casefold().replace("ё", "е")
