"""Accounts of people, and whose a key is and whose key sent a document."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, add the columns."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False, comment="personal: never on the ledger"),
        sa.Column("level", sa.Text, nullable=False, comment="no key of the account goes further"),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("disabled", sa.BigInteger),
        sa.UniqueConstraint("organisation", "name"),
    )
    op.add_column("api_keys", sa.Column("account", sa.Text, comment="the person whose key it is"))
    op.add_column("jobs", sa.Column("account", sa.Text, comment="the person whose key sent it"))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("jobs", "account")
    op.drop_column("api_keys", "account")
    op.drop_table("accounts")
