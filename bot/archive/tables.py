"""
The tables of the archive. All columns with a person's words are encrypted.

Times are milliseconds since the epoch. A change here needs a migration in `migrations/versions`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
)

# Values from other programs are cut to these lengths; PostgreSQL refuses longer ones.
NAME_LENGTH = 40
REASON_LENGTH = 200

# https://core.telegram.org/bots/api#createforumtopic
TOPIC_NAME_LENGTH = 128

# The rating of a review whose form did not ask for one.
NO_RATING = -1

# SQLite assigns row numbers only if the type of the key is INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(2), nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("review_id", String(36), nullable=False, unique=True),
    Column("form_id", String(32), nullable=False, unique=True),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),  # the receipt, later the answer
    Column("language", String(2), nullable=False),
    Column("rating", Integer, nullable=False),  # or NO_RATING
    Column("tags", JSON, nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("source", String(64), nullable=False),
    Column("accepted_ms", BigInteger, nullable=False),
    Column("entry_id", String(40)),  # of the job's last publication
    Column("publishes", Integer, nullable=False, default=0),
    Column("answered_ms", BigInteger),
    Column("undelivered", String(REASON_LENGTH)),  # why the customer could not be answered
    Column("chart_file_id", String(200)),
    Column("all_file_id", String(200)),
    Column("rang", Boolean, nullable=False, default=False),
    Column("carded_ms", BigInteger),
    Column("expired_ms", BigInteger),  # when the text was deleted for its age
    Column("text_mark", LargeBinary, index=True),  # equal for equal texts; see text_marks.py
    Index("ix_reviews_open", "answered_ms", "accepted_ms"),
    Index("ix_reviews_uncarded", "carded_ms", "answered_ms"),
    sqlite_autoincrement=True,  # the number of a deleted review is never reused
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("number", _Number, ForeignKey("reviews.number", ondelete="CASCADE"), primary_key=True),
    Column("model", String(NAME_LENGTH), nullable=False),
    Column("model_version", String(NAME_LENGTH), nullable=False),
    Column("probabilities", JSON, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("rung", Float),
    Column("confidence", String(10)),
    Column("error", String(REASON_LENGTH)),
    Column("recorded_ms", BigInteger, nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "number",
        _Number,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("digest", Boolean, nullable=False),  # the message lists several reviews
    # The version of the case that the card shows, and when it was last edited.
    Column("shown_version", Integer, nullable=False, default=0, server_default="0"),
    Column("edited_ms", BigInteger),
    Column("link", Boolean, nullable=False, default=False, server_default=false()),  # one line
)

# A row for each group that was connected from within Telegram; a setting takes precedence.
groups = Table(
    "groups",
    metadata,
    Column("role", String(20), primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("connected_ms", BigInteger, nullable=False),
    Column("thread_id", BigInteger),  # the forum topic of the cards; NULL is General
    Column("topic_refusal", String(20)),  # why the last card went to General instead
    Column("topic_name", String(TOPIC_NAME_LENGTH)),  # NULL: it is not created again
)

# The forum topics of the moderators' group that get the cards of a group of classes.
routes = Table(
    "routes",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("class_group", String(64), primary_key=True),  # its slug in the taxonomy
    Column("thread_id", BigInteger, nullable=False),
    Column("name", String(TOPIC_NAME_LENGTH), nullable=False),
    Column("recreated", Boolean, nullable=False),  # a deleted topic is created again once
    Column("topic_refusal", String(20)),
    Column("refused_ms", BigInteger),
)


def _review(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    """Return the column of a review's number; the rows are deleted with the review."""
    return Column(
        "number",
        _Number,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=primary_key,
        index=index or None,
        nullable=False,
        autoincrement=False,
    )


# One-line messages that lead from other topics to a card, and are still to be sent.
due_links = Table(
    "due_links",
    metadata,
    _review(primary_key=True),
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("card_id", BigInteger, nullable=False),  # the message of the card
)

# The moderators' desk. `events` and `labels` are append-only.
# A review without a row has a new case of version 0.
cases = Table(
    "cases",
    metadata,
    _review(primary_key=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner_id", BigInteger),
    Column("lease_ms", BigInteger),
    Column("before_spam", String(20)),
    Column("first_reply_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Column("reopened", Integer, nullable=False),
    Column("solved", Boolean),
    # The version at which the classes changed last, and the one that the customer's answer shows.
    Column("label_version", Integer, nullable=False, default=0),
    Column("told_version", Integer, nullable=False, default=0),
)

events = Table(
    "events",
    metadata,
    Column("event_id", _Number, primary_key=True, autoincrement=True),
    _review(index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", BigInteger),
    Column("kind", String(20), nullable=False),
    Column("sealed_note", LargeBinary),
    Column("source_id", String(64), nullable=False, unique=True),
)

labels = Table(
    "labels",
    metadata,
    Column("label_id", _Number, primary_key=True, autoincrement=True),
    _review(index=True),
    Column("by_id", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("classes", JSON, nullable=False),
    Column("base_label", BigInteger),
    Column("model", String(NAME_LENGTH), nullable=False),
    Column("model_version", String(NAME_LENGTH), nullable=False),
    Column("taxonomy", String(64), nullable=False),
    Column("took_ms", BigInteger),
    Column("blind", Boolean, nullable=False),
    Column("sampling", Float),
    Column("settled_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

drafts = Table(
    "drafts",
    metadata,
    _review(primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("classes", JSON, nullable=False),
    Column("base_label", BigInteger),
    Column("opened_ms", BigInteger, nullable=False),
    Column("touched_ms", BigInteger, index=True),
)

# The messages that show a review to one moderator: in their private chat, or (`receiver_id` is
# set) in the group, where only they see it and `message_id` is that of an ephemeral message.
panels = Table(
    "panels",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    _review(index=True),
    Column("sent_ms", BigInteger, nullable=False),
    Column("receiver_id", BigInteger),
    Index("ix_panels_newest", "number", "chat_id"),
)

# What moderators and customers write to each other about a review.
dialogue = Table(
    "dialogue",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    _review(index=True),
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
)

# The review that a person's next message answers.
answering = Table(
    "answering",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    _review(index=True),
    Column("until_ms", BigInteger, nullable=False),
)

# Prepared answers, which moderators send by hand.
canned = Table(
    "canned",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("class_id", Integer),  # NULL: for every class
    Column("sealed_text", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # the number of a deleted answer is never reused
)

# Reviews of which the moderators were reminded, once each.
reminders = Table(
    "reminders",
    metadata,
    _review(primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)
