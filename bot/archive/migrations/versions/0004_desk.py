"""The moderators' desk: cases with their events, labels, drafts, panels."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; a review gets a case when somebody first acts on it."""
    # long: a migration is a list of columns, and stays as it was released.
    op.create_table(
        "cases",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("lease_ms", sa.BigInteger(), nullable=True),
        sa.Column("before_spam", sa.String(length=20), nullable=True),
        sa.Column("first_reply_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("label_version", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_cases_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cases")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_events_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
        sa.UniqueConstraint("source_id", name=op.f("uq_events_source_id")),
    )
    op.create_index(op.f("ix_events_number"), "events", ["number"], unique=False)
    op.create_table(
        "labels",
        sa.Column("label_id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("base_label", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=False),
        sa.Column("taxonomy", sa.String(length=64), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("sampling", sa.Float(), nullable=True),
        sa.Column("settled_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_labels_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_labels")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_labels_number"), "labels", ["number"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("base_label", sa.BigInteger(), nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("touched_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_drafts_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "user_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_touched_ms"), "drafts", ["touched_ms"], unique=False)
    op.create_table(
        "panels",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_panels_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_panels")),
    )
    op.create_index(op.f("ix_panels_number"), "panels", ["number"], unique=False)
    op.create_index("ix_panels_newest", "panels", ["number", "chat_id"], unique=False)
    # The version of the case that a card shows, and when it was last edited.
    op.add_column(
        "cards", sa.Column("shown_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("cards", sa.Column("edited_ms", sa.BigInteger(), nullable=True))
