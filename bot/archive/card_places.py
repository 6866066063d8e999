"""Which reviews a message of the moderators' group shows, and where a review's card is."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import cards


@dataclass(frozen=True, slots=True)
class ShownReviews:
    """The reviews in one message: one in a card, several in a digest."""

    digest: bool
    numbers: tuple[int, ...]


class CardPlaces:
    """Reads where cards and digests are."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def shown_in(self, chat_id: int, message_id: int) -> ShownReviews | None:
        """Return the reviews that a message shows, None if it is neither a card nor a digest."""
        query = (
            select(cards.c.digest, cards.c.number)
            .where(cards.c.chat_id == chat_id, cards.c.message_id == message_id)
            .order_by(cards.c.number)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return None
        return ShownReviews(bool(rows[0].digest), tuple(int(row.number) for row in rows))

    async def card_of(self, chat_id: int, number: int) -> int | None:
        """Return the id of the newest message in the chat that shows this review, cards first."""
        query = (
            select(cards.c.message_id)
            .where(cards.c.chat_id == chat_id, cards.c.number == number)
            .order_by(cards.c.digest, cards.c.link, cards.c.message_id.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found
