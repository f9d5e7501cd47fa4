"""Subscriptions to named queries, and what is to be delivered to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    _subscriptions()
    _deliveries()


def downgrade() -> None:
    """Drop them."""
    for table in ("deliveries", "subscriptions"):
        op.drop_table(table)


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("query", NAME, nullable=False),
        sa.Column("dest", sa.Text, nullable=False),
        sa.Column("token", sa.Text, comment="deliveries are signed with it; it is never shown"),
        sa.Column("schedule", sa.Text, comment="JSON; a stream has none"),
        sa.Column("report_if_empty", sa.Integer, nullable=False),
        sa.Column("initial", sa.BigInteger, nullable=False, comment="nothing recorded before it is delivered"),
        sa.Column("epc_format", sa.Text),
        sa.Column("account", sa.Text, comment="the person whose key subscribed"),
        sa.Column("batch", sa.Integer, nullable=False, comment="the most events of a delivery"),
        sa.Column("position", sa.BigInteger, nullable=False, comment="place of the last event that was looked at"),
        sa.Column("due", sa.BigInteger, nullable=False, comment="when it is looked at next"),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("looked", sa.BigInteger, nullable=False, comment="when it was looked at last"),
        sa.Column("notified", sa.BigInteger, comment="when the subscriber last took a delivery"),
    )
    op.create_index("subscriptions_by_query", "subscriptions", ["organisation", "query", "id"])
    op.create_index("subscriptions_due", "subscriptions", ["due"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("subscription", NAME, nullable=False),
        sa.Column("begins", sa.BigInteger, nullable=False, comment="the place before its first event"),
        sa.Column("body", sa.LargeBinary, comment="until it is delivered"),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False, comment="when it is tried next"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger, nullable=False, comment="nobody else takes it before"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, comment="what the subscriber answered last"),
        sa.Column("error", sa.Text, comment="why the last attempt failed"),
        sa.Column("finished", sa.BigInteger),
    )
    op.create_index("deliveries_to_do", "deliveries", ["state", "due"])
    op.create_index("deliveries_by_subscription", "deliveries", ["subscription", "state", "created"])
