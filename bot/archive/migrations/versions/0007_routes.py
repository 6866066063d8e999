"""
Topics for groups of classes, links to cards, panels that one member of the group sees.

The writes to a group are counted in Redis alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "routes",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("class_group", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("recreated", sa.Boolean(), nullable=False),
        sa.Column("topic_refusal", sa.String(length=20), nullable=True),
        sa.Column("refused_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "class_group", name=op.f("pk_routes")),
    )
    op.create_table(
        "due_links",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_due_links_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "thread_id", name=op.f("pk_due_links")),
    )
    op.add_column(
        "cards", sa.Column("link", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("panels", sa.Column("receiver_id", sa.BigInteger(), nullable=True))
    op.add_column("groups", sa.Column("topic_name", sa.String(length=128), nullable=True))
    op.drop_table("group_writes")
