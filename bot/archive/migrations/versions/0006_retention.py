"""When a review's text was deleted for its age."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("reviews", sa.Column("expired_ms", sa.BigInteger(), nullable=True))
