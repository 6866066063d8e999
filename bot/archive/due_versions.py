"""
Which version of its case each card and link should show.

It is stored with the message, so that an index holds exactly the stale ones: they are looked for
every second.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.tables import cards, cases, reviews

# Older than every version of a case; a card may show even less.
NEVER_SHOWN = -1


async def insert_cards(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows of one message; a change of a case before or after it is not missed."""
    numbers = [row["number"] for row in rows]
    # On PostgreSQL a change of a case has locked its review by a foreign key, and is waited for.
    lock = select(reviews.c.number).where(reviews.c.number.in_(numbers))
    await connection.execute(lock.order_by(reviews.c.number).with_for_update())
    await connection.execute(insert(cards), list(rows))
    shown = case((cards.c.link, cases.c.label_version), else_=cases.c.version)
    due = select(shown).where(cases.c.number == cards.c.number).scalar_subquery()
    is_there = (cards.c.chat_id == rows[0]["chat_id"]) & (
        cards.c.message_id == rows[0]["message_id"]
    )
    await connection.execute(
        update(cards)
        .where(is_there, cards.c.digest.is_(False))
        .values(due_version=func.coalesce(due, 0))
    )


async def show_version(
    connection: AsyncConnection, number: int, version: int, *, labelled: bool
) -> None:
    """Store the new version of a case for its cards, and for links if its classes changed."""
    theirs = (cards.c.number == number) & cards.c.digest.is_(False)
    if not labelled:
        theirs &= cards.c.link.is_(False)
    await connection.execute(update(cards).where(theirs).values(due_version=version))


async def show_author_again(connection: AsyncConnection, user_id: int) -> None:
    """Mark all cards of an author's reviews as stale: something about the author changes."""
    theirs = select(reviews.c.number).where(reviews.c.user_id == user_id)
    await _mark_stale(connection, cards.c.number.in_(theirs))


async def show_card_again(connection: AsyncConnection, chat_id: int, message_id: int) -> None:
    """Mark a card as stale although its case has not changed."""
    is_card = (cards.c.chat_id == chat_id) & (cards.c.message_id == message_id)
    await _mark_stale(connection, is_card)


async def _mark_stale(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    lesser = func.min if connection.dialect.name == "sqlite" else func.least
    await connection.execute(
        update(cards)
        .where(which, cards.c.digest.is_(False), cards.c.link.is_(False))
        # Less with each mark, so that an edit that has begun before the mark does not remove it.
        .values(shown_version=lesser(cards.c.shown_version - 1, NEVER_SHOWN))
    )
