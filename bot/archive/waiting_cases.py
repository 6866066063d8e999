"""Cases that wait for the bot itself: closed ones to announce, old ones to remind of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, insert, literal_column, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.bans import is_heard
from bot.archive.desk_records import CaseState
from bot.archive.dialogue_records import Direction, MessageKind, SendState
from bot.archive.dialogue_tables import dialogue, reminders
from bot.archive.moments import is_older
from bot.archive.tables import NO_RATING, cases, reviews

# Reviews handled in one round.
ROUND = 200

_AT_WORK = (CaseState.CLOSED, CaseState.SPAM, CaseState.WAITING_CUSTOMER)


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A case that was closed after a dialogue. `version` identifies the closing."""

    number: int
    version: int
    user_id: int
    closed_ms: int


@dataclass(frozen=True, slots=True)
class UnansweredCase:
    """A case in which no moderator has written yet."""

    number: int
    rating: int | None
    accepted_ms: int


class WaitingCases:
    """Finds these cases."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def untold(self, now_ms: int, grace_ms: int, longest_ms: int) -> list[ClosedCase]:
        """Return cases closed `grace_ms` to `longest_ms` ago, without a message to the customer."""
        reply = dialogue.alias("reply")
        had_reply = exists().where(
            reply.c.number == cases.c.number,
            reply.c.direction == Direction.OUT,
            reply.c.kind != MessageKind.CLOSING,
            reply.c.state == SendState.SENT,
        )
        told = exists().where(
            dialogue.c.number == cases.c.number,
            dialogue.c.kind == MessageKind.CLOSING,
            dialogue.c.created_ms >= cases.c.closed_ms,
        )
        query = (
            select(cases.c.number, cases.c.version, reviews.c.user_id, cases.c.closed_ms)
            .join(reviews, reviews.c.number == cases.c.number)
            .where(cases.c.state == CaseState.CLOSED, cases.c.closed_ms >= now_ms - longest_ms)
            .where(is_older(cases.c.closed_ms, now_ms, grace_ms), had_reply, ~told)
            .limit(ROUND)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [ClosedCase(row.number, row.version, row.user_id, row.closed_ms) for row in rows]

    async def unanswered(self, accepted_since_ms: int, *, below: int) -> list[UnansweredCase]:
        """
        Return the reviews since then that wait for a first reply and had no reminder.

        Their rating is lower than `below`, or they have none.
        """
        query = (
            select(reviews.c.number, reviews.c.rating, reviews.c.accepted_ms)
            .outerjoin(cases, cases.c.number == reviews.c.number)
            .where(reviews.c.accepted_ms >= accepted_since_ms, reviews.c.carded_ms.is_not(None))
            .where(reviews.c.rating < max(below, NO_RATING + 1), is_heard())
            .where(cases.c.first_reply_ms.is_(None))
            .where(or_(cases.c.state.is_(None), cases.c.state.not_in(_AT_WORK)))
            .where(~exists(select(literal_column("1")).where(_REMINDED)))
            .order_by(reviews.c.accepted_ms, reviews.c.number)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [
                UnansweredCase(row.number, _rating(row.rating), row.accepted_ms) for row in rows
            ]

    async def remind_of(self, numbers: Sequence[int], now_ms: int) -> bool:
        """Store that a reminder names these reviews; if one did before, store nothing: False."""
        rows = [{"number": number, "at_ms": now_ms} for number in numbers]
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(reminders), rows)
        except IntegrityError:
            return False
        return True


_REMINDED = reminders.c.number == reviews.c.number


def _rating(stored: int) -> int | None:
    return None if stored == NO_RATING else stored
