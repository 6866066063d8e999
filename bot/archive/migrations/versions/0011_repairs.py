"""Encrypted file ids of dialogues, indexes for the duties, one row per sequence of SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns and indexes. The bot encrypts earlier file ids when it starts."""
    op.add_column("dialogue", sa.Column("sealed_file_id", sa.LargeBinary(), nullable=True))
    op.add_column(
        "cards", sa.Column("due_version", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute(_DUE)
    op.create_index("ix_reviews_accepted", "reviews", ["accepted_ms"])
    for name, table, column, condition in _PARTIAL:
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
    _merge_sequences()


# A digest shows the state of no case.
_DUE = """
UPDATE cards SET due_version = CASE WHEN digest THEN shown_version ELSE coalesce(
    (SELECT CASE WHEN cards.link THEN cases.label_version ELSE cases.version END
     FROM cases WHERE cases.number = cards.number), 0) END
"""

_PARTIAL = (
    ("ix_cards_stale", "cards", "due_version", "shown_version < due_version"),
    ("ix_cases_lease", "cases", "lease_ms", "lease_ms IS NOT NULL"),
    ("ix_cases_closed", "cases", "closed_ms", "closed_ms IS NOT NULL"),
    ("ix_cases_untold", "cases", "number", "told_version < label_version"),
    ("ix_dialogue_group", "dialogue", "group_message_id", "group_message_id IS NOT NULL"),
    ("ix_dialogue_status", "dialogue", "status_message_id", "status_message_id IS NOT NULL"),
    ("ix_dialogue_untidied", "dialogue", "id", "status_message_id IS NOT NULL"),
    ("ix_dialogue_unmirrored", "dialogue", "state", "edits > mirrored"),
    (
        "ix_dialogue_untold",
        "dialogue",
        "id",
        "told < version AND direction != 'in' AND kind != 'closing'",
    ),
)


def _merge_sequences() -> None:
    """A backup of PostgreSQL had two rows for the numbers of reviews, and SQLite used the lower."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    rows = connection.execute(sa.text("SELECT name, max(seq) FROM sqlite_sequence GROUP BY name"))
    for name, last in rows.all():
        values = {"name": name, "last": last}
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), values)
