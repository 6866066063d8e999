"""
The tables of the archive. The only columns that hold a person's words are sealed.

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
)

# Values from other programs are cut to these lengths; PostgreSQL refuses longer ones.
NAME_LENGTH = 40
REASON_LENGTH = 200

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
)

# A row for each group that was connected from within Telegram; a setting takes precedence.
groups = Table(
    "groups",
    metadata,
    Column("role", String(20), primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("connected_ms", BigInteger, nullable=False),
)
