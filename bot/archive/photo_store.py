"""
The photos of reviews: their encrypted file ids, and the messages of the group that show them.

A photo is never classified and never downloaded: Telegram stores it, and its file id is enough to
show it again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import photos
from bot.archive.bans import is_heard
from bot.archive.personal_data import is_theirs
from bot.archive.tables import cards, reviews
from triage.sealing import Seal

# Reviews in one round.
ROUND = 20


@dataclass(frozen=True, slots=True)
class WaitingPhotos:
    """Photos of a review that the group has not seen, and the card that they go below."""

    number: int
    chat_id: int
    card_id: int
    ids: tuple[int, ...]
    file_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A message of the group that shows a photo."""

    photo_id: int
    chat_id: int
    message_id: int


def photo_rows(number: int, file_ids: Sequence[str], seal: Seal) -> list[dict[str, Any]]:
    """Return the rows of a review's photos."""
    return [
        {"number": number, "sealed_file_id": seal.close(file_id.encode())} for file_id in file_ids
    ]


class PhotoStore:
    """Reads photos, and stores where they are shown."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def waiting(self, chat_id: int) -> list[WaitingPhotos]:
        """Return the photos to show in a group: those whose review has a card of its own there."""
        card_id = func.min(cards.c.message_id)
        query = (
            select(photos.c.id, photos.c.number, photos.c.sealed_file_id, card_id.label("card_id"))
            .join(cards, cards.c.number == photos.c.number)
            .join(reviews, reviews.c.number == photos.c.number)
            .where(cards.c.chat_id == chat_id, cards.c.digest.is_(False), is_heard())
            .where(cards.c.link.is_(False))
            .where(photos.c.shown_ms.is_(None), reviews.c.expired_ms.is_(None))
            .group_by(photos.c.id)
            .order_by(photos.c.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        albums: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for row in rows:
            albums[row.number, row.card_id].append(row)
        return [
            WaitingPhotos(
                number,
                chat_id,
                card,
                tuple(row.id for row in album),
                tuple(self._seal.open(row.sealed_file_id).decode() for row in album),
            )
            for (number, card), album in islice(albums.items(), ROUND)
        ]

    async def shown(self, photo_id: int, chat_id: int, message_id: int, now_ms: int) -> bool:
        """Store the message that shows a photo; return False if its review was erased."""
        values = {"chat_id": chat_id, "message_id": message_id, "shown_ms": now_ms}
        return await self._update([photo_id], **values) == 1

    async def give_up(self, photo_ids: Sequence[int], now_ms: int) -> None:
        """Store that photos cannot be shown, so that the bot stops trying."""
        await self._update(photo_ids, shown_ms=now_ms)

    async def count(self, number: int) -> int:
        """Return how many photos a review has."""
        query = select(func.count()).where(photos.c.number == number)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def messages_of(self, user_id: int, up_to: int | None = None) -> list[ShownPhoto]:
        """Return the messages that show photos of a person's reviews, up to a number."""
        return await self._messages(is_theirs(user_id, up_to), None)

    async def expired_messages(self, limit: int) -> list[ShownPhoto]:
        """Return messages that show photos of reviews whose text was deleted for its age."""
        return await self._messages(reviews.c.expired_ms.is_not(None), limit)

    async def delete(self, photo_ids: Sequence[int]) -> None:
        """Delete photos."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(photos).where(photos.c.id.in_(photo_ids)))

    async def _messages(self, where: Any, limit: int | None) -> list[ShownPhoto]:
        query = (
            select(photos.c.id, photos.c.chat_id, photos.c.message_id)
            .join(reviews, reviews.c.number == photos.c.number)
            .where(where, photos.c.message_id.is_not(None))
            .order_by(photos.c.id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [ShownPhoto(row.id, row.chat_id, row.message_id) for row in rows]

    async def _update(self, photo_ids: Sequence[int], **values: Any) -> int:
        async with self._engine.begin() as connection:
            result = await connection.execute(
                update(photos).where(photos.c.id.in_(photo_ids)).values(**values)
            )
        return result.rowcount
