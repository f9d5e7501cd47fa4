"""Answers kept under the keys of requests that may be sent again, and counters of issued numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "answers",
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False, comment="SHA-256 of what was asked"),
        sa.Column("given", sa.BigInteger, nullable=False, comment="the time that the request was given"),
        sa.Column("answer", sa.Text, comment="what the first attempt was answered"),
    )
    op.create_index("answers_by_age", "answers", ["given"])
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False, comment="the lowest number that was not given out"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("counters", "answers"):
        op.drop_table(table)
