"""
The archive of reviews: the source of truth for what was accepted, answered and shown.

Every write is one short, idempotent transaction.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import photos
from bot.archive.bans import is_heard
from bot.archive.due_versions import insert_cards
from bot.archive.photo_store import photo_rows
from bot.archive.records import NewReview, Review
from bot.archive.review_rows import review_of
from bot.archive.tables import (
    NAME_LENGTH,
    NO_RATING,
    REASON_LENGTH,
    cards,
    cases,
    due_links,
    outcomes,
    reviews,
)
from bot.archive.text_marks import mark_of
from bot.errors import BadArchive
from triage.errors import BadSeal
from triage.queue.messages import Outcome
from triage.sealing import Seal

_JOINED = reviews.outerjoin(outcomes, reviews.c.number == outcomes.c.number)
_PHOTOS = select(func.count()).where(photos.c.number == reviews.c.number).scalar_subquery()
_COLUMNS = [
    *reviews.c,
    *(c for c in outcomes.c if c.name != "number"),
    _PHOTOS.label("photos"),
]


class Reviews:
    """Reads and writes reviews; texts are encrypted when written and decrypted when read."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def accept(self, new: NewReview) -> Review:
        """Store a review, once for each form, and return the stored one."""
        values = {
            "review_id": str(new.review_id),
            "form_id": new.form_id,
            "user_id": new.user_id,
            "chat_id": new.chat_id,
            "message_id": new.message_id,
            "language": new.language,
            "rating": NO_RATING if new.rating is None else new.rating,
            "tags": list(new.tags),
            "sealed_text": self._seal.close(new.text.encode()),
            "source": new.source,
            "accepted_ms": new.accepted_ms,
            "text_mark": mark_of(new.text, self._seal),
        }
        try:
            async with self._engine.begin() as connection:
                stored_row = await connection.execute(insert(reviews).values(values))
                [number] = stored_row.inserted_primary_key or (0,)
                if rows := photo_rows(number, new.photos, self._seal):
                    await connection.execute(insert(photos), rows)
        except IntegrityError:
            pass  # the form was sent before: keep the stored review
        stored = await self.by_form(new.form_id)
        assert stored is not None, "an accepted review is in the archive"
        return stored

    async def check_seal(self) -> None:
        """Raise BadArchive if no known key decrypts the newest review."""
        try:
            newest = select(func.max(reviews.c.number)).scalar_subquery()
            await self._one(reviews.c.number == newest)
        except BadSeal as e:
            raise BadArchive(
                "the archive was encrypted with another key; restore the key file from its backup"
            ) from e

    async def by_form(self, form_id: str) -> Review | None:
        """Return the review that was sent with this form."""
        return await self._one(reviews.c.form_id == form_id)

    async def by_id(self, review_id: UUID) -> Review | None:
        """Return the review with the id that jobs and outcomes carry."""
        return await self._one(reviews.c.review_id == str(review_id))

    async def by_number(self, number: int) -> Review | None:
        """Return the review with the number that people see."""
        return await self._one(reviews.c.number == number)

    async def published(self, number: int, entry_id: str) -> None:
        """Store the stream entry id of the review's job, and count the publication."""
        await self._update(
            reviews.c.number == number, entry_id=entry_id, publishes=reviews.c.publishes + 1
        )

    async def record(self, number: int, outcome: Outcome, now_ms: int) -> bool:
        """Store the outcome of the review's job; return False if there is one already."""
        decision = outcome.decision
        values = {
            "number": number,
            "model": outcome.model.name[:NAME_LENGTH],
            "model_version": outcome.model.version[:NAME_LENGTH],
            "probabilities": list(outcome.probabilities),
            "classes": list(decision.classes) if decision else [],
            "rung": decision.rung if decision else None,
            "confidence": decision.confidence if decision else None,
            "error": outcome.error and outcome.error[:REASON_LENGTH],
            "recorded_ms": now_ms,
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(outcomes).values(values))
        except IntegrityError:
            return False  # a repeated outcome, or one whose review was deleted
        return True

    async def answered(
        self, number: int, now_ms: int, file_id: str | None = None, *, message_id: int | None = None
    ) -> None:
        """Store that the answer was shown, its picture's file id, and its message if it is new."""
        place = {} if message_id is None else {"message_id": message_id}
        await self._end(number, answered_ms=now_ms, chart_file_id=file_id, **place)

    async def gave_up(self, number: int, now_ms: int, reason: str) -> None:
        """Store that the customer cannot be answered, and why."""
        await self._end(number, answered_ms=now_ms, undelivered=reason[:REASON_LENGTH])

    async def take_up(self, user_id: int) -> list[Review]:
        """
        Return the reviews that the person waits for, with those that could not be answered.

        What moderators chose for the latter meanwhile is told after the answer.
        """
        theirs = (reviews.c.user_id == user_id) & reviews.c.expired_ms.is_(None)
        failed = select(reviews.c.number).where(theirs, reviews.c.undelivered.is_not(None))
        async with self._engine.begin() as connection:
            numbers = list(await connection.scalars(failed))
            untold = update(cases).where(cases.c.number.in_(numbers)).values(told_version=0)
            await connection.execute(untold)
            again = update(reviews).where(reviews.c.number.in_(numbers))
            await connection.execute(again.values(answered_ms=None, undelivered=None))
        return await self._many(theirs & reviews.c.answered_ms.is_(None), None)

    async def keep_picture(self, number: int, *, every_class: bool, file_id: str) -> None:
        """Store the file id of a picture that was drawn for the review."""
        column = "all_file_id" if every_class else "chart_file_id"
        await self._update(reviews.c.number == number, **{column: file_id})

    async def claim_late_notice(self, number: int) -> bool:
        """Return True once for each review: its late-answer notice may be sent now."""
        first = (reviews.c.number == number) & reviews.c.rang.is_(False)
        return await self._update(first, rang=True) == 1

    async def unanswered(
        self,
        *,
        accepted_before_ms: int,
        after: int,
        limit: int,
        accepted_after_ms: int | None = None,
    ) -> list[Review]:
        """
        Return the oldest reviews after number `after` whose customers wait for an answer.

        They were accepted before `accepted_before_ms`, or after `accepted_after_ms`.
        """
        due = reviews.c.accepted_ms < accepted_before_ms
        if accepted_after_ms is not None:
            due |= reviews.c.accepted_ms > accepted_after_ms
        waits = reviews.c.answered_ms.is_(None) & due & (reviews.c.number > after)
        return await self._many(waits, limit)

    async def without_card(self, limit: int, *, without: Collection[int] = ()) -> list[Review]:
        """Return the oldest answered reviews that are still to be shown to the moderators."""
        return await self._many(_waits_for_card() & reviews.c.number.not_in(without), limit)

    async def pass_over(self, number: int, now_ms: int) -> None:
        """Store that the card of a review cannot be shown; /rN may still open it."""
        await self._update(
            (reviews.c.number == number) & reviews.c.carded_ms.is_(None), carded_ms=now_ms
        )

    async def count_passed_over(self) -> int:
        """Return how many reviews have no card because Telegram refused it."""
        has_card = exists().where(cards.c.number == reviews.c.number)
        kept = reviews.c.expired_ms.is_(None)  # the cards of expired ones are not known
        return await self._count(reviews.c.carded_ms.is_not(None) & ~has_card & kept)

    async def count_without_card(self) -> int:
        """Return how many answered reviews are still to be shown to the moderators."""
        return await self._count(_waits_for_card())

    async def count_answered(self, since_ms: int, until_ms: int) -> int:
        """Return how many reviews were answered or given up between the two times."""
        return await self._count(reviews.c.answered_ms.between(since_ms + 1, until_ms))

    async def shown_since(self, since_ms: int) -> list[int]:
        """
        Return when messages were sent to the moderators since then, one time for each message.

        A message counts again when a later one shows its review, so the count may be too high.
        """
        query = (
            select(func.max(reviews.c.carded_ms))
            .join(cards, cards.c.number == reviews.c.number)
            .where(reviews.c.carded_ms > since_ms, cards.c.chat_id < 0)
            .group_by(cards.c.chat_id, cards.c.message_id)
        )
        async with self._engine.connect() as connection:
            return [int(moment) for moment in await connection.scalars(query)]

    async def of(self, user_id: int) -> list[Review]:
        """Return all reviews of one person, oldest first."""
        return await self._many(reviews.c.user_id == user_id, None)

    async def record_card(
        self,
        numbers: Sequence[int],
        *,
        chat_id: int,
        message_id: int,
        digest: bool,
        now_ms: int,
        version: int = 0,
        links: Sequence[int] = (),
    ) -> bool:
        """
        Store the message that showed the reviews to the moderators.

        `version` is that of the case that a card shows; `links` are topics that get a link to it.
        A message in a private chat does not count as shown to the group. A repetition changes
        nothing. Return False, and store nothing, if one of the reviews has been erased.
        """
        message = {"chat_id": chat_id, "message_id": message_id, "digest": digest}
        message["shown_version"] = version
        copies = [{**message, "number": number} for number in numbers]
        link = {"number": numbers[0], "chat_id": chat_id, "card_id": message_id}
        due = [{**link, "thread_id": thread_id} for thread_id in links]
        older = delete(due_links).where(due_links.c.number == numbers[0])
        try:
            async with self._engine.begin() as connection:
                await insert_cards(connection, copies)
                if due:
                    await connection.execute(older)
                    await connection.execute(insert(due_links), due)
                if chat_id < 0:
                    shown = update(reviews).where(reviews.c.number.in_(numbers))
                    await connection.execute(shown.values(carded_ms=now_ms))
        except IntegrityError:
            is_it = (cards.c.chat_id == chat_id) & (cards.c.message_id == message_id)
            async with self._engine.connect() as connection:
                return bool(await connection.scalar(select(exists().where(is_it))))
        return True

    async def _end(self, number: int, **values: Any) -> None:
        """Store the end of the wait for an answer; only the first end is stored."""
        await self._update((reviews.c.number == number) & reviews.c.answered_ms.is_(None), **values)

    async def _update(self, where: ColumnElement[bool], **values: Any) -> int:
        """Return how many rows were changed."""
        async with self._engine.begin() as connection:
            result = await connection.execute(update(reviews).where(where).values(**values))
        return result.rowcount

    async def _count(self, where: ColumnElement[bool]) -> int:
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).where(where)) or 0)

    async def _one(self, where: ColumnElement[bool]) -> Review | None:
        found = await self._many(where, 1)
        return found[0] if found else None

    async def _many(self, where: ColumnElement[bool], limit: int | None) -> list[Review]:
        query = select(*_COLUMNS).select_from(_JOINED).where(where)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(reviews.c.number).limit(limit))
            return [review_of(row, self._seal) for row in rows]


def _waits_for_card() -> ColumnElement[bool]:
    return reviews.c.answered_ms.is_not(None) & reviews.c.carded_ms.is_(None) & is_heard()
