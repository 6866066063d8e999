"""Reads labelled reviews, with what decides whether a model may be trained on them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_records import CaseState, Label, LabelKind
from bot.archive.review_search import ReviewSearch
from bot.archive.tables import NO_RATING, cases, labels, reviews
from triage.sealing import Seal

# Reviews decrypted before the event loop runs again.
BATCH = 200

_UNJUDGED = (LabelKind.UNDO, LabelKind.AUTHOR, LabelKind.KNOWN, LabelKind.AUDIT)


@dataclass(frozen=True, slots=True)
class LabelledReview:
    """A review, the state of its case, and its labels, oldest first."""

    number: int
    review_id: UUID
    rating: int | None
    tags: tuple[str, ...]
    text: str
    state: CaseState
    labels: tuple[Label, ...]


class TrainingRows:
    """Reads labelled reviews."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal
        self._search = ReviewSearch(engine, seal)

    async def since(self, since_ms: int) -> AsyncGenerator[Sequence[LabelledReview], None]:
        """Yield the reviews that were labelled since then and still have a text, in batches."""
        labelled = select(labels.c.number).where(
            labels.c.settled_ms >= since_ms, labels.c.kind.not_in(_UNJUDGED)
        )
        query = (
            select(reviews, cases.c.state)
            .outerjoin(cases, cases.c.number == reviews.c.number)
            .where(reviews.c.number.in_(labelled), reviews.c.expired_ms.is_(None))
            .order_by(reviews.c.number)
            .limit(BATCH)
        )
        last = 0
        while True:
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query.where(reviews.c.number > last))).all()
            if not rows:
                return
            said = await self._search.labels([row.number for row in rows])
            yield [
                LabelledReview(
                    row.number,
                    UUID(row.review_id),
                    None if row.rating == NO_RATING else row.rating,
                    tuple(row.tags),
                    self._seal.open(row.sealed_text).decode(),
                    CaseState(row.state or CaseState.NEW),
                    tuple(said[row.number]),
                )
                for row in rows
            ]
            last = rows[-1].number
