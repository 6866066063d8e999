"""
Reads reviews newest first, in small batches: their texts, or the classes that were answered.

Texts are encrypted, so the database cannot search them: a search for words decrypts each text.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import label_of
from bot.archive.desk_records import CaseState, Label
from bot.archive.tables import cases, labels, outcomes, reviews
from triage.cascade import Confidence
from triage.sealing import Seal

# Texts decrypted before the event loop runs again; this takes about ten milliseconds.
BATCH = 200


@dataclass(frozen=True, slots=True)
class FoundText:
    """The text of a review."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FoundClasses:
    """What the model answered for a review, empty if undecided, and its labels, oldest first."""

    number: int
    classes: tuple[int, ...]
    labels: tuple[Label, ...]


class ReviewSearch:
    """Reads answered reviews whose texts are still stored."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def texts(self, below: int | None) -> AsyncGenerator[FoundText, None]:
        """Yield the texts of all reviews, or of those with a lower number; the newest first."""
        columns = (reviews.c.number, reviews.c.sealed_text)
        query = select(*columns).where(_KEPT)
        async for rows in self._batches(query, below):
            for row in rows:
                yield FoundText(row.number, self._seal.open(row.sealed_text).decode())

    async def classes(
        self, below: int | None = None, *, since_ms: int = 0
    ) -> AsyncGenerator[FoundClasses, None]:
        """Yield the classes of reviews accepted since then that are not spam, newest first."""
        spam = exists().where(cases.c.number == reviews.c.number, cases.c.state == CaseState.SPAM)
        query = (
            select(reviews.c.number, outcomes.c.classes, outcomes.c.confidence)
            .join(outcomes, outcomes.c.number == reviews.c.number)
            .where(_KEPT, ~spam, reviews.c.accepted_ms >= since_ms)
        )
        async for rows in self._batches(query, below):
            said = await self.labels([row.number for row in rows])
            for row in rows:
                undecided = row.confidence in (None, Confidence.PERSON)
                classes = () if undecided else tuple(row.classes)
                yield FoundClasses(row.number, classes, tuple(said[row.number]))

    async def labels(self, numbers: Collection[int]) -> dict[int, list[Label]]:
        """Return the labels of these reviews, oldest first; an empty list for those without."""
        query = select(labels).where(labels.c.number.in_(numbers)).order_by(labels.c.label_id)
        found: dict[int, list[Label]] = defaultdict(list)
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                found[row.number].append(label_of(row))
        return found

    async def _batches(self, query: Any, below: int | None) -> AsyncGenerator[Sequence[Any], None]:
        query = query.order_by(reviews.c.number.desc()).limit(BATCH)
        while True:
            part = query if below is None else query.where(reviews.c.number < below)
            async with self._engine.connect() as connection:
                rows = (await connection.execute(part)).all()
            if rows:
                yield rows
            if len(rows) < BATCH:
                return
            below = rows[-1].number


_KEPT: ColumnElement[bool] = reviews.c.answered_ms.is_not(None) & reviews.c.expired_ms.is_(None)
