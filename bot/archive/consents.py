"""
Whether people let their reviews be used for training, and which reviews may therefore be used.

Nobody consents by default: a person without a row, or who has not chosen, has not consented.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import bans, consents
from bot.archive.desk_records import CaseState
from bot.archive.due_versions import show_author_again
from bot.archive.tables import cases, reviews


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person chose; `is_given` is None until they choose."""

    is_given: bool | None = None
    decided_ms: int | None = None


class Consents:
    """Reads and writes what people chose."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def claim_question(self, user_id: int, now_ms: int) -> bool:
        """Return True once for each person: the caller may now ask them."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(consents).values(user_id=user_id, asked_ms=now_ms))
        except IntegrityError:
            return False
        return True

    async def was_not_asked(self, user_id: int) -> None:
        """Take a claim back: the question could not be sent."""
        undecided = (consents.c.user_id == user_id) & consents.c.is_given.is_(None)
        async with self._engine.begin() as connection:
            await connection.execute(delete(consents).where(undecided))

    async def decide(self, user_id: int, *, is_given: bool, now_ms: int) -> bool:
        """
        Store what a person chose, and mark the cards of their reviews as stale.

        Store nothing and return False if it is the same again.
        """
        values = {"is_given": is_given, "decided_ms": now_ms}
        statement = self._insert(consents).values(user_id=user_id, **values)
        changes = consents.c.is_given.is_distinct_from(is_given)
        async with self._engine.begin() as connection:
            result = await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["user_id"], set_=values, where=changes
                )
            )
            if result.rowcount == 1:
                await show_author_again(connection, user_id)
        return result.rowcount == 1

    async def of(self, user_id: int) -> Consent:
        """Return what a person chose."""
        query = select(consents).where(consents.c.user_id == user_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Consent() if row is None else Consent(row.is_given, row.decided_ms)

    async def agreed(self, numbers: Sequence[int]) -> dict[int, bool]:
        """Return which of these reviews may be used for training; see `may_train`."""
        query = select(reviews.c.number).where(reviews.c.number.in_(numbers), may_train())
        async with self._engine.connect() as connection:
            return {int(number): True for number in await connection.scalars(query)}

    async def may_train(self, number: int) -> bool:
        """Return whether the review may be used for training now; see `may_train`."""
        query = select(exists().where(reviews.c.number == number, may_train()))
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(query))


def may_train() -> ColumnElement[bool]:
    """
    Return the condition that a row of `reviews` may be used for training.

    Its author has consented and is not banned, its text is still stored, and it is not spam.
    """
    theirs, spam = reviews.c.user_id, cases.c.state == CaseState.SPAM
    # Each condition is a subquery of its own, so that it does not depend on the joins of a query.
    has_consent = exists().where(consents.c.user_id == theirs, consents.c.is_given)
    is_spam = exists().where(cases.c.number == reviews.c.number, spam)
    is_banned = exists().where(bans.c.user_id == theirs)
    return (
        has_consent.correlate(reviews)
        & reviews.c.expired_ms.is_(None)
        & ~is_spam.correlate(reviews)
        & ~is_banned.correlate(reviews)
    )
