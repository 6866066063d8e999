"""The cases of one moderator: those that they have taken, and those that wait for their answer."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_records import CaseState
from bot.archive.dialogue_records import Direction, MessageKind, SendState
from bot.archive.dialogue_tables import dialogue
from bot.archive.tables import cases, reviews

_ENDED = (CaseState.CLOSED, CaseState.SPAM)


@dataclass(frozen=True, slots=True)
class OwnCases:
    """Numbers of reviews, oldest first; a case that waits for an answer is only in `waiting`."""

    waiting: tuple[int, ...]
    taken: tuple[int, ...]


class CasesByOwner:
    """Finds the cases of a moderator."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, user_id: int, now_ms: int) -> OwnCases:
        """Return the cases that this person has, or in which their reply was answered."""
        is_mine = (cases.c.owner_id == user_id) & (cases.c.lease_ms > now_ms)
        answered_last = cases.c.number.in_(_answered_last_by(user_id))
        waits = cases.c.state == CaseState.WAITING_TEAM
        taken = is_mine & ~waits & cases.c.state.not_in(_ENDED)
        async with self._engine.connect() as connection:
            return OwnCases(
                tuple(await connection.scalars(_numbers(waits & (is_mine | answered_last)))),
                tuple(await connection.scalars(_numbers(taken))),
            )


def _numbers(where: ColumnElement[bool]) -> Select[Any]:
    joined = cases.join(reviews, reviews.c.number == cases.c.number)
    return (
        select(cases.c.number)
        .select_from(joined)
        .where(where, reviews.c.expired_ms.is_(None))
        .order_by(cases.c.number)
    )


def _answered_last_by(user_id: int) -> Select[Any]:
    """Select the reviews whose newest reply to the customer is this person's."""
    newest = (
        select(func.max(dialogue.c.id))
        .where(
            dialogue.c.direction == Direction.OUT,
            dialogue.c.kind != MessageKind.CLOSING,
            dialogue.c.state == SendState.SENT,
        )
        .group_by(dialogue.c.number)
    )
    return select(dialogue.c.number).where(dialogue.c.id.in_(newest), dialogue.c.by_id == user_id)
