"""The tables about authors: their own checks, consents, bans and photos."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table

from bot.archive.tables import metadata, reviews

# A type that SQLite numbers by itself.
_Number = reviews.c.number.type


def _review(*, primary_key: bool = False) -> Column[int]:
    """Return the column of a review's number, with which its rows are deleted."""
    return Column(
        "number",
        _Number,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=primary_key,
        index=None if primary_key else True,
        nullable=False,
        autoincrement=False,
    )


# What authors say of the answers to their own reviews; no moderator's label.
author_checks = Table(
    "author_checks",
    metadata,
    _review(primary_key=True),
    Column("is_right", Boolean, nullable=False),
    Column("about", Integer),  # a class, or another value of author_checks.py
    Column("at_ms", BigInteger, nullable=False),
)

# Whether people let their reviews be used for training; `is_given` is NULL until they choose.
consents = Table(
    "consents",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("is_given", Boolean),
    Column("asked_ms", BigInteger),
    Column("decided_ms", BigInteger),
)

# Authors whose reviews the team does not want. A row outlives the erasure of the person's data.
bans = Table(
    "bans",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("is_silent", Boolean, nullable=False),
    Column("by_id", BigInteger),
    Column("number", BigInteger, nullable=False),  # the review that led to it; it may be erased
    Column("at_ms", BigInteger, nullable=False),
)

# The photos of reviews, and where the moderators' group shows them.
photos = Table(
    "photos",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    _review(),
    Column("sealed_file_id", LargeBinary, nullable=False),
    Column("chat_id", BigInteger),
    Column("message_id", BigInteger),
    Column("shown_ms", BigInteger, index=True),  # NULL: the group has not seen it
)
