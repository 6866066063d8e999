"""The moderators' private messages: the queue with its leases, lists, exported files."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "desk_messages",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _number("desk_messages"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("shown_ms", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "message_id", "number", name=op.f("pk_desk_messages")),
    )
    op.create_index(op.f("ix_desk_messages_number"), "desk_messages", ["number"], unique=False)
    op.create_table(
        "queue_leases",
        _number("queue_leases"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_queue_leases")),
    )
    op.create_table(
        "queue_skips",
        _number("queue_skips"),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "user_id", name=op.f("pk_queue_skips")),
    )
    _create_exports()


def _create_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("export_id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_exports")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exported",
        sa.Column("export_id", _NUMBER, autoincrement=False, nullable=False),
        _number("exported"),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["exports.export_id"],
            name=op.f("fk_exported_export_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_exported")),
    )
    op.create_index(op.f("ix_exported_number"), "exported", ["number"], unique=False)


def _number(table: str) -> sa.Column[int]:
    """Return the column of a review's number, with which its rows are deleted."""
    return sa.Column(
        "number",
        _NUMBER,
        sa.ForeignKey("reviews.number", name=op.f(f"fk_{table}_number"), ondelete="CASCADE"),
        autoincrement=False,
        nullable=False,
    )
