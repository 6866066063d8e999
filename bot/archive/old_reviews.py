"""
Finds reviews that are older than the retention period, and deletes their words.

The values for counts stay: rating, topics, classes, source, language and times.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import photos
from bot.archive.personal_data import Copy
from bot.archive.tables import cards, events, outcomes, panels, reviews
from triage.sealing import Seal


class OldReviews:
    """Deletes the words of reviews; every write is one short, idempotent transaction."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def due(self, before_ms: int, limit: int) -> dict[int, UUID]:
        """
        Return the oldest reviews accepted before then that still have a text, by number.

        A review whose customer still waits for the answer is not due.
        """
        query = (
            select(reviews.c.number, reviews.c.review_id)
            .where(
                reviews.c.accepted_ms < before_ms,
                reviews.c.answered_ms.is_not(None),
                reviews.c.expired_ms.is_(None),
            )
            .order_by(reviews.c.number)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return {row.number: UUID(row.review_id) for row in await connection.execute(query)}

    async def expire(self, numbers: Sequence[int], now_ms: int) -> None:
        """
        Delete text, pictures, probabilities and photos; no card is sent any more.

        A photo that the group shows is deleted after its message.
        """
        theirs = reviews.c.number.in_(numbers)
        without_words = {
            "sealed_text": self._seal.close(b""),
            "chart_file_id": None,
            "all_file_id": None,
            "carded_ms": func.coalesce(reviews.c.carded_ms, now_ms),
            "expired_ms": now_ms,
            "text_mark": None,
        }
        async with self._engine.begin() as connection:
            await connection.execute(update(reviews).where(theirs).values(without_words))
            unseen = photos.c.number.in_(numbers) & photos.c.message_id.is_(None)
            await connection.execute(delete(photos).where(unseen))
            await connection.execute(
                update(outcomes).where(outcomes.c.number.in_(numbers)).values(probabilities=[])
            )

    async def delete_notes(self, before_ms: int) -> None:
        """Delete the notes about expired reviews that were written before then."""
        expired = select(reviews.c.number).where(reviews.c.expired_ms.is_not(None))
        async with self._engine.begin() as connection:
            await connection.execute(
                update(events)
                .where(
                    events.c.at_ms < before_ms,
                    events.c.sealed_note.is_not(None),
                    events.c.number.in_(expired),
                )
                .values(sealed_note=None)
            )

    async def copies(self, limit: int) -> list[Copy]:
        """Return messages to moderators that show an expired review, with all their reviews."""
        key = (cards.c.chat_id, cards.c.message_id)
        is_expired = reviews.c.expired_ms.is_not(None)
        shows_expired = (
            select(*key)
            .join(reviews, reviews.c.number == cards.c.number)
            .where(is_expired)
            .distinct()
            .order_by(*key)
            .limit(limit)
        )
        open_panels = (
            select(panels)
            .join(reviews, reviews.c.number == panels.c.number)
            .where(is_expired)
            .order_by(panels.c.sent_ms)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            messages = (await connection.execute(shows_expired)).all()
            private = (await connection.execute(open_panels)).all()
            shown = [
                Copy(chat_id, message_id, *_shown((await connection.execute(query)).all()))
                for chat_id, message_id in messages
                for query in [
                    select(cards.c.digest, cards.c.number)
                    .where(cards.c.chat_id == chat_id, cards.c.message_id == message_id)
                    .order_by(cards.c.number)
                ]
            ]
        return [
            *shown,
            *(
                Copy(row.chat_id, row.message_id, False, (row.number,), row.receiver_id)
                for row in private
            ),
        ]

    async def cleared(self, copy: Copy, expired: Sequence[int]) -> None:
        """Store that a message does not show `expired` any more."""
        async with self._engine.begin() as connection:
            for shown in (cards, panels):
                await connection.execute(
                    delete(shown).where(
                        shown.c.chat_id == copy.chat_id,
                        shown.c.message_id == copy.message_id,
                        shown.c.number.in_(expired),
                    )
                )


def _shown(rows: Sequence[tuple[bool, int]]) -> tuple[bool, tuple[int, ...]]:
    return rows[0][0], tuple(number for _, number in rows)
