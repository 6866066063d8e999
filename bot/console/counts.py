"""python -m bot counts: how many reviews came, by source, rating, topic and class."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.archive.address import Address
from bot.archive.counts import Counts, count_reviews
from bot.clock import now_ms
from bot.errors import BadArchive
from bot.settings import BotSettings
from triage.review import Language
from triage.settings import read_settings, secret_value
from triage.taxonomy import Taxonomy, load_taxonomy

DAY_MS = 24 * 3600 * 1000


def counts(source: str | None, days: int | None) -> int:
    """Print the counts of one source or all, of the last `days` or all, and return 0."""
    settings = read_settings(BotSettings)
    taxonomy = load_taxonomy(settings.taxonomy_file)
    address = Address(
        settings.database_url.get_secret_value(), secret_value(settings.database_password)
    )
    if address.file is not None and not address.file.exists():
        raise BadArchive(f"archive {address}: missing; the bot creates it at its first start")
    since_ms = None if days is None else now_ms() - days * DAY_MS
    counted = asyncio.run(count_reviews(address, source=source, since_ms=since_ms))
    for line in report(counted, taxonomy, settings.moderators_language):
        print(line)
    return 0


def report(counted: Counts, taxonomy: Taxonomy, language: Language) -> Iterator[str]:
    """Yield the lines: a total, then each value with its count, the most frequent first."""
    titles = Counter(
        {_title(class_id, taxonomy, language): n for class_id, n in counted.classes.items()}
    )
    yield f"reviews\t{counted.total}"
    yield from _lines("source", Counter({name or "-": n for name, n in counted.sources.items()}))
    yield from _lines("rating", counted.ratings)
    yield from _lines("topic", counted.topics)
    yield from _lines("class", titles)


def _lines(what: str, counter: Counter[Any]) -> Iterator[str]:
    for value, count in sorted(counter.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        yield f"{what}\t{count}\t{'-' if value is None else value}"


def _title(class_id: int, taxonomy: Taxonomy, language: Language) -> str:
    """Return the class's title; the file of classes may have changed since."""
    known = class_id in taxonomy.by_id
    return taxonomy.title(class_id, language) if known else f"class {class_id}"
