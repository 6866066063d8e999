"""The forum topic that the connected group's cards go to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("groups") as table:
        table.add_column(sa.Column("thread_id", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("topic_refusal", sa.String(length=20), nullable=True))
