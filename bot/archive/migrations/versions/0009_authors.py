"""Authors: their own check of an answer, consent, bans, photos, and marks of equal texts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; earlier reviews have no mark of their text."""
    # long: a migration is a list of columns, and stays as it was released.
    op.create_table(
        "author_checks",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("about", sa.Integer(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_author_checks_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_author_checks")),
    )
    op.create_table(
        "consents",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=True),
        sa.Column("asked_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_consents")),
    )
    op.create_table(
        "bans",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_bans")),
    )
    op.create_table(
        "photos",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("sealed_file_id", sa.LargeBinary(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("shown_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["reviews.number"], name=op.f("fk_photos_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index(op.f("ix_photos_number"), "photos", ["number"], unique=False)
    op.create_index(op.f("ix_photos_shown_ms"), "photos", ["shown_ms"], unique=False)
    op.add_column("reviews", sa.Column("text_mark", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_reviews_text_mark"), "reviews", ["text_mark"], unique=False)
