"""
The tables of the dialogues between moderators and customers; their words are encrypted.

They belong to the same metadata as `bot/archive/tables.py`.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from bot.archive.tables import (
    REASON_LENGTH,
    ROW_NUMBER,
    metadata,
    partial_index,
    review_column,
)

# What moderators and customers write to each other about a review.
dialogue = Table(
    "dialogue",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    review_column(index=True),
    Column("direction", String(4), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("file_id", String(200)),  # only of earlier versions; see file_ids.py
    Column("sealed_file_id", LargeBinary),
    Column("group_chat_id", BigInteger),
    Column("group_message_id", BigInteger),
    Column("status_message_id", BigInteger),  # the bot's message in the group about a reply
    Column("customer_message_id", BigInteger),
    Column("by_id", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("error", String(REASON_LENGTH)),
    Column("edits", Integer, nullable=False),  # how often the author edited the message
    Column("mirrored", Integer, nullable=False),  # the edit that the recipient sees
    Column("version", Integer, nullable=False),
    Column("told", Integer, nullable=False),  # the version that the status message shows
    Column("created_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),  # the end of the hold; NULL: a person must tap first
    Column("sent_ms", BigInteger),
    Column("source", String(80), nullable=False, unique=True),
    Index("ix_dialogue_state", "state", "due_ms"),
    partial_index("ix_dialogue_group", "group_message_id", where="group_message_id IS NOT NULL"),
    partial_index("ix_dialogue_status", "status_message_id", where="status_message_id IS NOT NULL"),
    partial_index("ix_dialogue_untidied", "id", where="status_message_id IS NOT NULL"),
    partial_index("ix_dialogue_unmirrored", "state", where="edits > mirrored"),
    partial_index(
        "ix_dialogue_untold",
        "id",
        where="told < version AND direction != 'in' AND kind != 'closing'",
    ),
)

# The review that a person's next message answers.
answering = Table(
    "answering",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    review_column(index=True),
    Column("until_ms", BigInteger, nullable=False),
)

# Prepared answers, which moderators send by hand.
canned = Table(
    "canned",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("class_id", Integer),  # NULL: for every class
    Column("sealed_text", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # the number of a deleted answer is never reused
)

# Reviews of which the moderators were reminded, once each.
reminders = Table(
    "reminders",
    metadata,
    review_column(primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)
