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
    text,
)

# Values from other programs are cut to these lengths; PostgreSQL refuses longer ones.
NAME_LENGTH = 40
REASON_LENGTH = 200

# https://core.telegram.org/bots/api#createforumtopic
TOPIC_NAME_LENGTH = 128

# The rating of a review whose form did not ask for one.
NO_RATING = -1

# SQLite assigns row numbers only if the type of the key is INTEGER.
ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def review_column(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    """Return the column of a review's number; the rows are deleted with the review."""
    return Column(
        "number",
        ROW_NUMBER,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=primary_key,
        index=index or None,
        nullable=False,
        autoincrement=False,
    )


def partial_index(name: str, column: str, *, where: str) -> Index:
    """Return an index of a few rows, for the duties' queries with this condition."""
    return Index(name, column, sqlite_where=text(where), postgresql_where=text(where))


people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(2), nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
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
    Index("ix_reviews_accepted", "accepted_ms"),
    sqlite_autoincrement=True,  # the number of a deleted review is never reused
)

outcomes = Table(
    "outcomes",
    metadata,
    Column(
        "number", ROW_NUMBER, ForeignKey("reviews.number", ondelete="CASCADE"), primary_key=True
    ),
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
        ROW_NUMBER,
        ForeignKey("reviews.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("digest", Boolean, nullable=False),  # the message lists several reviews
    # The version of the case that the card shows, and when it was last edited.
    Column("shown_version", Integer, nullable=False, default=0, server_default="0"),
    Column("edited_ms", BigInteger),
    # The version that a card or link should show; a digest shows none.
    Column("due_version", Integer, nullable=False, default=0, server_default="0"),
    Column("link", Boolean, nullable=False, default=False, server_default=false()),  # one line
    partial_index("ix_cards_stale", "due_version", where="shown_version < due_version"),
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

# One-line messages that lead from other topics to a card, and are still to be sent.
due_links = Table(
    "due_links",
    metadata,
    review_column(primary_key=True),
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("card_id", BigInteger, nullable=False),  # the message of the card
)

# The moderators' desk. `events` and `labels` are append-only.
# A review without a row has a new case of version 0.
cases = Table(
    "cases",
    metadata,
    review_column(primary_key=True),
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
    partial_index("ix_cases_lease", "lease_ms", where="lease_ms IS NOT NULL"),
    partial_index("ix_cases_closed", "closed_ms", where="closed_ms IS NOT NULL"),
    partial_index("ix_cases_untold", "number", where="told_version < label_version"),
)

events = Table(
    "events",
    metadata,
    Column("event_id", ROW_NUMBER, primary_key=True, autoincrement=True),
    review_column(index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", BigInteger),
    Column("kind", String(20), nullable=False),
    Column("sealed_note", LargeBinary),
    Column("source_id", String(64), nullable=False, unique=True),
)

labels = Table(
    "labels",
    metadata,
    Column("label_id", ROW_NUMBER, primary_key=True, autoincrement=True),
    review_column(index=True),
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
    review_column(primary_key=True),
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
    review_column(index=True),
    Column("sent_ms", BigInteger, nullable=False),
    Column("receiver_id", BigInteger),
    Index("ix_panels_newest", "number", "chat_id"),
)
