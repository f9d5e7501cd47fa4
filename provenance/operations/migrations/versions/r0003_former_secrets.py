"""The secret that an API key had before, and until when it still opens."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("api_keys", sa.Column("former_hash", sa.LargeBinary, comment="of the secret before a rotation"))
    op.add_column("api_keys", sa.Column("former_until", sa.BigInteger, comment="when that secret stops opening"))


def downgrade() -> None:
    """Drop them."""
    for column in ("former_until", "former_hash"):
        op.drop_column("api_keys", column)
