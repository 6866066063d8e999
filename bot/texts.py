"""
The texts that people read, from the locale files (Project Fluent, https://projectfluent.org).

The only module that imports fluent. A missing message is an error, not an empty string.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Protocol

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax.ast import Junk

from bot.errors import BadLocale
from triage.review import LANGUAGES, Language

LOCALES = Path(__file__).with_name("locales")


class Say(Protocol):
    """
    Formats messages in one language: returns `key` with its variables filled in.

    `zone` is the time zone of the times that people read; `local_time` applies it.
    """

    language: Language
    zone: tzinfo

    def __call__(self, key: str, **variables: str | int | float) -> str: ...


class _Speaker:
    def __init__(self, language: Language, source: str, zone: tzinfo) -> None:
        self.language = language
        self.zone = zone
        self._bundle = _bundle_of(language, source)

    def __call__(self, key: str, **variables: str | int | float) -> str:
        if not self._bundle.has_message(key):
            raise BadLocale(f"{self.language}: there is no message {key}")
        value = self._bundle.get_message(key).value
        if value is None:
            raise BadLocale(f"{self.language}: message {key} has no text")
        text, errors = self._bundle.format_pattern(value, variables)
        if errors:
            raise BadLocale(f"{self.language}: message {key}: {errors[0]}")
        return str(text)


@cache
def _bundle_of(language: Language, source: str) -> FluentBundle:
    """Return the messages of a locale file; parsing takes most of the time of a start."""
    bundle = FluentBundle([language], use_isolating=False)
    resource = FluentResource(source)
    for entry in resource.body:
        if isinstance(entry, Junk):
            first = (entry.content or "").partition("\n")[0]
            raise BadLocale(f"{language}.ftl does not parse at: {first}")
    bundle.add_resource(resource)
    return bundle


Texts = Mapping[Language, Say]


def load_texts(folder: Path = LOCALES, zone: tzinfo = UTC) -> Texts:
    """Read the locale files, one for each language."""
    return {
        language: _Speaker(language, (folder / f"{language}.ftl").read_text(encoding="utf-8"), zone)
        for language in LANGUAGES
    }


def local_time(ms: int, zone: tzinfo) -> datetime:
    """Return a moment of the archive, in milliseconds, as people in `zone` read it."""
    return datetime.fromtimestamp(ms / 1000, zone)


def spoken_by(language_code: str | None) -> Language:
    """Return the language of the interface for a Telegram client's language code."""
    return "ru" if language_code and language_code.split("-")[0] == "ru" else "en"
