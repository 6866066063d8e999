"""Encrypted file ids of dialogues, indexes for the duties, one row per sequence of SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns and indexes. The bot encrypts earlier file ids when it starts."""
    op.add_column("dialogue", sa.Column("sealed_file_id", sa.LargeBinary(), nullable=True))
    _merge_sequences()


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
