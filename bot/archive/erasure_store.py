"""
People's requests to erase their data, stored until they are carried out.

A request is stored in one transaction with the list of its reviews. So neither a kill nor data
loss in Redis undoes it, and a review that is sent later is not part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.author_tables import consents, erasures
from bot.archive.dialogue_records import SendState
from bot.archive.dialogue_tables import answering, dialogue
from bot.archive.moments import is_older, is_reached
from bot.archive.personal_data import is_theirs
from bot.archive.tables import people, reviews
from triage.review import Language

# Telegram may repeat an update within a day; a repeated tap then shows the result of its request.
DONE_KEPT_MS = 24 * 3_600_000

# The longest pause between two attempts.
LONGEST_PAUSE_MS = 3_600_000

# After this many failed attempts a request counts as stuck: temporary failures are over by then.
STUCK_TRIES = 4


class ErasureState(StrEnum):
    """The state of a request."""

    WAITING = "waiting"
    CLEARED = "cleared"  # only Redis' log still contains deleted data
    ENDED = "ended"  # only the message to the person is missing
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a review that will not be answered."""

    number: int
    chat_id: int
    message_id: int
    language: Language


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """
    A request; `message_id` is the message with its button, which later shows the result.

    It is about the person's reviews up to `last_number`. `form_id` names the draft that is deleted
    too. The bot cannot delete `out_of_reach` messages in the team's chats; people must do so.
    `exported` files for training contain texts of the person.
    """

    user_id: int
    message_id: int
    language: Language
    asked_ms: int
    state: ErasureState
    form_id: str | None
    last_number: int
    reviews: int
    review_ids: frozenset[UUID]
    receipts: tuple[Receipt, ...] = ()
    out_of_reach: int = 0
    exported: int = 0
    tries: int = 0
    next_ms: int = 0


class ErasureStore:
    """Reads and writes the requests; a person has at most one that is not carried out."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ask(
        self, user_id: int, message_id: int, language: Language, form_id: str | None, now_ms: int
    ) -> ErasureRequest | None:
        """
        Store a request and return it; None if no data of the person is stored.

        A repeated tap returns its own request; any other tap returns the request under way.
        The person's language and consent are deleted here, so that later choices stay.
        The dialogue about the reviews ends: later messages of the person are not part of it.
        """
        try:
            async with self._engine.begin() as connection:
                asked = (await connection.execute(_asked_before(user_id, message_id))).first()
                if asked is not None:
                    return _request(asked)
                query = select(reviews.c.number, reviews.c.review_id).where(
                    reviews.c.user_id == user_id
                )
                theirs = (await connection.execute(query)).all()
                for table in (people, consents):
                    await connection.execute(delete(table).where(table.c.user_id == user_id))
                if not theirs and form_id is None:
                    return None
                place = {"user_id": user_id, "message_id": message_id, "language": language}
                values = {**place, "asked_ms": now_ms, "form_id": form_id, **_about(theirs)}
                await connection.execute(insert(erasures).values(values))
                await _end_dialogue(connection, user_id, values["last_number"])
        except IntegrityError:
            pass  # another replica stored a request at the same moment
        return await self.of(user_id, message_id)

    async def of(self, user_id: int, message_id: int) -> ErasureRequest | None:
        """Return the request of a message."""
        found = await self._many(_is(user_id, message_id))
        return found[0] if found else None

    async def under_way(self, user_id: int) -> ErasureRequest | None:
        """Return the person's request that is not carried out yet."""
        found = await self._many((erasures.c.user_id == user_id) & _OPEN)
        return found[0] if found else None

    async def end_dialogue(self, request: ErasureRequest) -> bool:
        """
        Cancel waiting messages about the reviews; return False if one is being sent now.

        Its sending ends within two minutes as sent, failed or unknown.
        """
        is_sending = (dialogue.c.state == SendState.SENDING) & dialogue.c.number.in_(
            _numbers(request.user_id, request.last_number)
        )
        async with self._engine.begin() as connection:
            await _end_dialogue(connection, request.user_id, request.last_number)
            sending = await connection.scalar(select(func.count()).where(is_sending))
        return not sending

    async def due(self, state: ErasureState, now_ms: int) -> list[ErasureRequest]:
        """Return the requests in a state whose next attempt is due, the oldest first."""
        is_due = is_reached(erasures.c.next_ms, now_ms, LONGEST_PAUSE_MS)
        return await self._many((erasures.c.state == state) & is_due)

    async def cleared(
        self, request: ErasureRequest, receipts: Sequence[Receipt], *, left: int, exported: int
    ) -> None:
        """Store what was found while the group was cleared: the rows are deleted next."""
        found = [
            [receipt.number, receipt.chat_id, receipt.message_id, receipt.language]
            for receipt in receipts
        ]
        await self._update(request, receipts=found, out_of_reach=left, exported=exported)

    async def forget_reviews(self, request: ErasureRequest) -> None:
        """Delete the request's list of reviews."""
        await self._update(request, review_ids=[], receipts=[])

    async def move(self, request: ErasureRequest, state: ErasureState) -> None:
        """Store the next state of the request."""
        await self._update(request, state=state, tries=0, next_ms=0)

    async def failed(self, request: ErasureRequest, next_ms: int) -> None:
        """Count a failed attempt; the next one is due at `next_ms`."""
        await self._update(request, tries=request.tries + 1, next_ms=next_ms)

    async def drop_done(self, now_ms: int) -> None:
        """Delete requests that were carried out long ago."""
        is_old = is_older(erasures.c.asked_ms, now_ms, DONE_KEPT_MS)
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(erasures).where(erasures.c.state == ErasureState.DONE, is_old)
            )

    async def counts(self) -> tuple[int, int]:
        """Return how many requests are not carried out, and how many of them are stuck."""
        stuck = func.count().filter(erasures.c.tries >= STUCK_TRIES)
        query = select(func.count(), stuck).where(_OPEN)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return int(row[0]), int(row[1])

    async def _update(self, request: ErasureRequest, **values: Any) -> None:
        is_it = _is(request.user_id, request.message_id)
        async with self._engine.begin() as connection:
            await connection.execute(update(erasures).where(is_it).values(**values))

    async def _many(self, where: ColumnElement[bool]) -> list[ErasureRequest]:
        query = select(erasures).where(where).order_by(erasures.c.asked_ms, erasures.c.user_id)
        async with self._engine.connect() as connection:
            return [_request(row) for row in await connection.execute(query)]


_OPEN = erasures.c.state != ErasureState.DONE


def is_being_erased() -> ColumnElement[bool]:
    """Return the condition that the author of a review has asked to erase it."""
    theirs = (erasures.c.user_id == reviews.c.user_id) & _OPEN
    return (
        select(erasures.c.user_id)
        .where(theirs & (reviews.c.number <= erasures.c.last_number))
        .correlate(reviews)
        .exists()
    )


def _numbers(user_id: int, up_to: int) -> Select[Any]:
    return select(reviews.c.number).where(is_theirs(user_id, up_to))


async def _end_dialogue(connection: AsyncConnection, user_id: int, up_to: int) -> None:
    numbers = _numbers(user_id, up_to)
    await connection.execute(delete(answering).where(answering.c.number.in_(numbers)))
    waits = dialogue.c.state.in_([SendState.ASKED, SendState.HELD])
    await connection.execute(
        update(dialogue)
        .where(waits & dialogue.c.number.in_(numbers))
        .values(state=SendState.CANCELLED, version=dialogue.c.version + 1)
    )


def _is(user_id: int, message_id: int) -> ColumnElement[bool]:
    return (erasures.c.user_id == user_id) & (erasures.c.message_id == message_id)


def _asked_before(user_id: int, message_id: int) -> Select[Any]:
    """Return the query for the request of this message, or for the one that is under way."""
    is_it = _is(user_id, message_id)
    theirs = select(erasures).where((erasures.c.user_id == user_id) & (is_it | _OPEN))
    return theirs.order_by(case((is_it, 0), else_=1))


def _about(theirs: Sequence[Any]) -> dict[str, Any]:
    """Return what a new request stores about its reviews."""
    return {
        "state": ErasureState.WAITING,
        "last_number": max((row.number for row in theirs), default=0),
        "reviews": len(theirs),
        "review_ids": [row.review_id for row in theirs],
        "receipts": [],
    }


def _request(row: Row[Any]) -> ErasureRequest:
    values = dict(row._mapping)
    values["state"] = ErasureState(values["state"])
    values["review_ids"] = frozenset(map(UUID, values["review_ids"]))
    values["receipts"] = tuple(Receipt(*each) for each in values["receipts"])
    return ErasureRequest(**values)
