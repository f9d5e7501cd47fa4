"""Where the scans of a key are made."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    comment = "where its scans are made, unless they say otherwise: a canonical link"
    op.add_column("api_keys", sa.Column("place", sa.Text, comment=comment))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("api_keys", "place")
