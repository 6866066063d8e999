"""Which reviews the messages in moderators' private chats show, so that they can be cleared."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.personal_data import is_theirs
from bot.archive.private_tables import desk_messages
from bot.archive.tables import reviews


class Shows(StrEnum):
    """What a message is."""

    QUEUE = "queue"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class QueueCard:
    """
    The review in a moderator's queue: its number, and how many are left without it.

    `previous` is the review that was shown before it, None for the first. At the end of the queue
    the message shows no review; its card is that of the last one, which is its own `previous`.
    """

    number: int
    remaining: int
    previous: int | None = None

    @classmethod
    def at_end(cls, last: int) -> "QueueCard":
        """Return the card of the message that says that nothing is left after review `last`."""
        return cls(last, 0, last)

    @property
    def is_end(self) -> bool:
        """Whether the message says that nothing is left."""
        return self.previous == self.number

    def of_previous(self, number: int) -> "QueueCard":
        """Return the card of the review before, which is `number`."""
        return QueueCard(number, 0 if self.is_end else self.remaining + 1)


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """A message in a private chat that shows a review."""

    chat_id: int
    message_id: int
    number: int
    kind: Shows


class DeskMessages:
    """
    Reads and writes what messages show.

    The new content of a message is recorded before its edit, and the old content is removed after
    it. So after a kill both are recorded.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def record_list(
        self, chat_id: int, message_id: int, numbers: Sequence[int], now_ms: int
    ) -> bool:
        """Store that the message shows these reviews; False if one of them was erased."""
        place = {"chat_id": chat_id, "message_id": message_id, "kind": Shows.LIST}
        return await self._record([{**place, "number": n, "shown_ms": now_ms} for n in numbers])

    async def record_card(
        self, chat_id: int, message_id: int, card: QueueCard, now_ms: int
    ) -> bool:
        """Store that the queue's message shows this review; False if it was erased."""
        place = {"chat_id": chat_id, "message_id": message_id, "kind": Shows.QUEUE}
        content = {"number": card.number, "remaining": card.remaining, "previous": card.previous}
        return await self._record([{**place, **content, "shown_ms": now_ms}])

    async def card(self, chat_id: int, message_id: int) -> QueueCard | None:
        """Return what a message of the queue shows, None if it is not such a message."""
        query = (
            select(desk_messages)
            .where(_is(chat_id, message_id), desk_messages.c.kind == Shows.QUEUE)
            .order_by(desk_messages.c.shown_ms.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else QueueCard(row.number, row.remaining, row.previous)

    async def shown(self, chat_id: int, message_id: int) -> set[int]:
        """Return the numbers of the reviews that a message shows and that were not erased."""
        query = select(desk_messages.c.number).where(_is(chat_id, message_id))
        async with self._engine.connect() as connection:
            return set(await connection.scalars(query))

    async def with_reviews_of(self, user_id: int, up_to: int | None = None) -> list[PrivateCopy]:
        """Return the messages with a review of this person, up to a number; one for each review."""
        query = (
            select(*_PLACE, desk_messages.c.kind)
            .join(reviews, reviews.c.number == desk_messages.c.number)
            .where(is_theirs(user_id, up_to))
            .order_by(*_PLACE)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [
                PrivateCopy(row.chat_id, row.message_id, row.number, Shows(row.kind))
                for row in rows
            ]

    async def of_expired(self, limit: int) -> list[PrivateCopy]:
        """Return messages that show a review whose text was deleted for its age."""
        expired = (
            select(*_PLACE, desk_messages.c.kind)
            .join(reviews, reviews.c.number == desk_messages.c.number)
            .where(reviews.c.expired_ms.is_not(None))
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(expired)).all()
            return [PrivateCopy(*row[:3], Shows(row[3])) for row in rows]

    async def cleared(self, copy: PrivateCopy) -> None:
        """Store that a message shows none of the reviews that it showed."""
        async with self._engine.begin() as connection:
            shown = _is(copy.chat_id, copy.message_id)
            await connection.execute(delete(desk_messages).where(shown))

    async def queue_messages(self, chat_id: int) -> list[int]:
        """Return the ids of the queue's messages in a chat."""
        query = select(desk_messages.c.message_id).where(
            desk_messages.c.chat_id == chat_id, desk_messages.c.kind == Shows.QUEUE
        )
        async with self._engine.connect() as connection:
            return sorted(set(await connection.scalars(query)))

    async def keep_only(self, chat_id: int, message_id: int, numbers: Sequence[int] = ()) -> None:
        """Store that the message shows only these reviews."""
        where = _is(chat_id, message_id) & desk_messages.c.number.not_in(numbers)
        async with self._engine.begin() as connection:
            await connection.execute(delete(desk_messages).where(where))

    async def _record(self, rows: Sequence[dict[str, Any]]) -> bool:
        if not rows:
            return True
        statement = self._insert(desk_messages).values(rows)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in _KEY}
        statement = statement.on_conflict_do_update(index_elements=_KEY, set_=changed)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statement)
        except IntegrityError:
            return False
        return True


_KEY = ["chat_id", "message_id", "number"]
_PLACE = [desk_messages.c[name] for name in _KEY]


def _is(chat_id: int, message_id: int) -> Any:
    return (desk_messages.c.chat_id == chat_id) & (desk_messages.c.message_id == message_id)
