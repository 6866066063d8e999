"""Which cards and which customers' answers no longer show the newest state of their case."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.due_versions import NEVER_SHOWN, show_card_again
from bot.archive.moments import is_reached
from bot.archive.private_tables import queue_leases
from bot.archive.queue_store import QUEUE_SOURCE
from bot.archive.tables import cards, cases, events, reviews

# A card is edited at most once in this time; meanwhile only its newest state counts.
EDIT_EVERY_MS = 5_000


@dataclass(frozen=True, slots=True)
class StaleCard:
    """A card in the group that shows an old version of its case, `shown_version`."""

    chat_id: int
    message_id: int
    number: int
    shown_version: int


class ShownCards:
    """Finds cards that must be edited, and stores the edits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def next_stale(self, chat_id: int, now_ms: int) -> StaleCard | None:
        """
        Return the stale card that was edited longest ago and may be edited now.

        It is in the group, or in the private chat of a moderator. A card whose last act came from
        a queue in use may not be edited, so that labelling there costs the group no writes until
        the person pauses.
        """
        edited_ms = func.coalesce(cards.c.edited_ms, 0)
        may_be_edited = or_(edited_ms <= now_ms - EDIT_EVERY_MS, edited_ms > now_ms)
        # Negated, because SQLite would read all cards of the chat by their key otherwise.
        elsewhere = (cards.c.chat_id != chat_id) & (cards.c.chat_id <= 0)
        query = (
            select(cards.c.chat_id, cards.c.message_id, cards.c.number, cards.c.shown_version)
            .where(cards.c.shown_version < cards.c.due_version)
            .where(cards.c.due_version > NEVER_SHOWN, ~elsewhere)
            .where(cards.c.digest.is_(False), cards.c.link.is_(False))
            .where(may_be_edited, ~_queue_is_at_work(now_ms))
            .order_by(edited_ms, cards.c.number)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else StaleCard(*row)

    async def edited(self, card: StaleCard, version: int, now_ms: int) -> None:
        """Store that the card shows `version`; it stays stale if it was marked meanwhile."""
        is_same = cards.c.shown_version == card.shown_version
        shown = case((is_same, version), else_=cards.c.shown_version)
        await self._set(card.chat_id, card.message_id, shown_version=shown, edited_ms=now_ms)

    async def reshow(self, chat_id: int, message_id: int, version: int) -> None:
        """Store that the card shows only `version`, as a tap on it revealed."""
        await self._set(chat_id, message_id, shown_version=version)

    async def show_again(self, chat_id: int, message_id: int) -> None:
        """Store that the card must be edited although its case has not changed."""
        async with self._engine.begin() as connection:
            await show_card_again(connection, chat_id, message_id)

    async def untold(self, limit: int) -> list[tuple[int, int]]:
        """Return numbers and versions of cases whose customers see older classes."""
        query = (
            select(cases.c.number, cases.c.label_version)
            .join(reviews, reviews.c.number == cases.c.number)
            .where(cases.c.told_version < cases.c.label_version)
            .where(reviews.c.answered_ms.is_not(None))
            .order_by(cases.c.number)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [(row.number, row.label_version) for row in await connection.execute(query)]

    async def told(self, number: int, version: int, *, undelivered: str | None) -> None:
        """
        Store that the customer's answer shows the classes of `version`.

        Store nothing if the review is no longer `undelivered` as it was: its customer has unblocked
        the bot meanwhile and gets the answer again.
        """
        is_same = exists().where(
            reviews.c.number == number, reviews.c.undelivered.is_not_distinct_from(undelivered)
        )
        where = (cases.c.number == number) & (cases.c.told_version < version) & is_same
        async with self._engine.begin() as connection:
            await connection.execute(update(cases).where(where).values(told_version=version))

    async def ended_leases(self, now_ms: int, longest_ms: int, limit: int) -> list[int]:
        """Return the cases whose owner's lease has ended; it takes at most `longest_ms`."""
        ended = is_reached(cases.c.lease_ms, now_ms, longest_ms)
        query = select(cases.c.number).where(cases.c.lease_ms.is_not(None), ended)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query.order_by(cases.c.lease_ms).limit(limit)))

    async def _set(self, chat_id: int, message_id: int, **values: Any) -> None:
        where = (cards.c.chat_id == chat_id) & (cards.c.message_id == message_id)
        async with self._engine.begin() as connection:
            await connection.execute(update(cards).where(where).values(**values))


def _queue_is_at_work(now_ms: int) -> ColumnElement[bool]:
    """Return whether the last act on a case came from a queue whose person has a review now."""
    last = (
        select(func.max(events.c.event_id))
        .where(events.c.number == cards.c.number)
        .correlate(cards)
        .scalar_subquery()
    )
    return exists().where(
        events.c.event_id == last,
        events.c.source_id.startswith(QUEUE_SOURCE),
        queue_leases.c.user_id == events.c.actor_id,
        queue_leases.c.until_ms > now_ms,
    )
