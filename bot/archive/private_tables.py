"""
The tables of the moderators' private chats: the queue, lists of reviews, exported files.

They belong to the same metadata as `bot/archive/tables.py`, and contain no texts of people.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from bot.archive.tables import metadata, reviews

# As for reviews: SQLite assigns row numbers only if the type of the key is INTEGER.
_Number = reviews.c.number.type


def _review(*, index: bool = False) -> Column[int]:
    """Return the column of a review's number in the key; rows are deleted with the review."""
    return Column(
        "number",
        _Number,
        ForeignKey(reviews.c.number, ondelete="CASCADE"),
        primary_key=True,
        index=index or None,
        autoincrement=False,
    )


# What the private chats of moderators show besides panels: the queue's message, and lists.
# `remaining` and `previous` belong to the queue: how many reviews are left, and the last one.
desk_messages = Table(
    "desk_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    _review(index=True),
    Column("kind", String(10), nullable=False),
    Column("shown_ms", BigInteger, nullable=False),
    Column("remaining", Integer),
    Column("previous", BigInteger),
)

# Which review of the queue is shown to whom, and which reviews a person has skipped.
queue_leases = Table(
    "queue_leases",
    metadata,
    _review(),
    Column("user_id", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
queue_skips = Table(
    "queue_skips",
    metadata,
    _review(),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until_ms", BigInteger, nullable=False),
)

# Files for training, with the reviews in them. `message_id` is the file's message in the chat of
# `by_id`; both are NULL for a file that the command line wrote.
exports = Table(
    "exports",
    metadata,
    Column("export_id", _Number, primary_key=True, autoincrement=True),
    Column("by_id", BigInteger),
    Column("message_id", BigInteger),
    Column("made_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
exported = Table(
    "exported",
    metadata,
    Column(
        "export_id",
        _Number,
        ForeignKey("exports.export_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    _review(index=True),
)
