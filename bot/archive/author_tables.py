"""The tables about authors: their own checks, consents, bans, photos, requests to be erased."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
)

from bot.archive.tables import metadata, reviews

# SQLite assigns row numbers only to this type of key.
_Number = reviews.c.number.type


def _review(*, primary_key: bool = False) -> Column[int]:
    """Return the column of a review's number; the rows are deleted with the review."""
    return Column(
        "number",
        _Number,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=primary_key,
        index=None if primary_key else True,
        nullable=False,
        autoincrement=False,
    )


# What authors say about the answers to their own reviews; not a moderator's label.
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

# Requests to erase a person's data. `message_id` is the message with the button in their chat.
# The columns that identify reviews are emptied when these are erased; the row stays for a day.
erasures = Table(
    "erasures",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(2), nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("form_id", String(64)),
    Column("last_number", BigInteger, nullable=False),
    Column("reviews", Integer, nullable=False),
    Column("review_ids", JSON, nullable=False),
    Column("receipts", JSON, nullable=False),
    Column("out_of_reach", Integer, nullable=False, server_default="0"),
    Column("exported", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_ms", BigInteger, nullable=False, server_default="0"),
)
