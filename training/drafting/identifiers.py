"""Slugs and ids made of titles in any language; Russian letters are transliterated."""

import re
import unicodedata
from collections.abc import Container

# The longest slug of a class or group, and the longest id of a topic.
SLUG_CHARACTERS = 48
TOPIC_CHARACTERS = 40

_LETTERS = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфхыэіїєґў", "abvgdeeziyklmnoprstufhyeiiegu", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya"}
    | {"ъ": "", "ь": "", "ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe"}
)
_TOPIC_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def latin_words(title: str) -> str:
    """Return the title's words in lower-case Latin letters and digits, joined by hyphens."""
    letters = title.lower().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def unique_slug(title: str, taken: Container[str], *, otherwise: str) -> str:
    """Return a slug of the title that is not taken; `otherwise` if the title has no letters."""
    return _unique(latin_words(title) or otherwise, taken, SLUG_CHARACTERS)


def unique_topic_id(name: str, taken: Container[str], *, otherwise: str) -> str:
    """Return the name itself if it can be a topic's id, else one made of its letters."""
    if _TOPIC_ID.fullmatch(name):
        return _unique(name, taken, TOPIC_CHARACTERS)
    made = latin_words(name).lstrip("0123456789-")
    return _unique(made or otherwise, taken, TOPIC_CHARACTERS)


def _unique(wanted: str, taken: Container[str], longest: int) -> str:
    found, number = _cut(wanted, longest), 2
    while found in taken:
        suffix = f"-{number}"
        found, number = _cut(wanted, longest - len(suffix)) + suffix, number + 1
    return found


def _cut(wanted: str, longest: int) -> str:
    """Return the start of the words, cut between two of them if that keeps more than half."""
    if len(wanted) <= longest:
        return wanted
    short = wanted[:longest]
    words = short.rpartition("-")[0]
    return words if len(words) > longest // 2 else short.rstrip("-")
