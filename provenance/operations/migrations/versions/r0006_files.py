"""Files by their SHA-256, and who has them here."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("uploaded", sa.BigInteger, nullable=False),
        sa.Column("retention", sa.Text, nullable=False),
        sa.Column("account", sa.Text, comment="the person whose key brought it"),
        sa.Column("erased", sa.BigInteger, comment="since when it is a tombstone"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("files")
