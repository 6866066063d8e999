"""Counts reviews by source, rating, topic and class. Reads no text and needs no key."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Select, select

from bot.archive.address import Address
from bot.archive.database import unmigrated_engine
from bot.archive.tables import outcomes, reviews

# How many rows are in memory at a time.
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many reviews there are: in all, and of each value; a review has several topics."""

    sources: Counter[str] = field(default_factory=Counter)
    ratings: Counter[int | None] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    classes: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """The number of reviews."""
        return self.sources.total()


async def count_reviews(
    address: Address, *, source: str | None = None, since_ms: int | None = None
) -> Counts:
    """Count the reviews of one source or all that were accepted since then; raises BadArchive."""
    counts, engine = Counts(), unmigrated_engine(address)
    try:
        with address.translated():
            async with (
                engine.connect() as connection,
                connection.stream(_query(source, since_ms)) as rows,
            ):
                async for row in rows.yield_per(_CHUNK):
                    counts.sources[row.source] += 1
                    counts.ratings[row.rating] += 1
                    counts.topics.update(row.tags)
                    counts.classes.update(row.classes or [])
    finally:
        await engine.dispose()
    return counts


def _query(
    source: str | None, since_ms: int | None
) -> Select[tuple[str, int, list[str], list[int]]]:
    joined = reviews.outerjoin(outcomes, reviews.c.number == outcomes.c.number)
    query = select(
        reviews.c.source, reviews.c.rating, reviews.c.tags, outcomes.c.classes
    ).select_from(joined)
    if source is not None:
        query = query.where(reviews.c.source == source)
    if since_ms is not None:
        query = query.where(reviews.c.accepted_ms >= since_ms)
    return query
