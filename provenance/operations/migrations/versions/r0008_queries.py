"""Named queries, the key of the tokens of next pages, and those tokens that were ended early."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "named_queries",
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("definition", sa.Text, nullable=False, comment="the query as it was sent, JSON"),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "page_keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, nullable=False, comment="seals the tokens of next pages"),
    )
    op.create_table(
        "ended_pages",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False, comment="when the token would have ended by itself"),
    )
    op.create_index("ended_pages_by_age", "ended_pages", ["until"])


def downgrade() -> None:
    """Drop them."""
    for table in ("ended_pages", "page_keys", "named_queries"):
        op.drop_table(table)
