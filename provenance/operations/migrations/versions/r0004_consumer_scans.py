"""What consumers' telephones looked at: the hour, the item, the grade that was shown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "consumer_scans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("hour", sa.BigInteger, nullable=False, comment="the hour's begin"),
        sa.Column("item", sa.Text, nullable=False, comment="canonical link"),
        sa.Column("grade", sa.Text, nullable=False, comment="the grade that was shown"),
        sa.Column("country", sa.Text, comment="only where a trusted source is configured"),
        sa.Column("session", sa.LargeBinary, nullable=False, comment="a hash under a key of that day"),
    )
    op.create_index("consumer_scans_by_item", "consumer_scans", ["item", "hour"])
    op.create_index("consumer_scans_by_age", "consumer_scans", ["hour"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("consumer_scans")
