"""API keys, capture jobs, and the outbox of signed transactions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _keys()
    _jobs()
    _outbox()


def downgrade() -> None:
    """Drop them."""
    for table in ("outbox", "jobs", "api_keys"):
        op.drop_table(table)


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger),
        sa.Column("last_used", sa.Date),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("behaviour", sa.Text, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.BigInteger),
        sa.Column("accepted", sa.Text, comment="JSON: ids of the events that are on record"),
        sa.Column("errors", sa.Text, comment="JSON: what was refused, and why"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger, nullable=False, comment="nobody else takes it before"),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("jobs_to_do", "jobs", ["state", "lease_until"])
    op.create_index("jobs_by_organisation", "jobs", ["organisation", "created", "id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("transaction_id", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Text),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary, comment="until its fate is known"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_index("outbox_by_job", "outbox", ["job_id"])
    op.create_index("outbox_by_state", "outbox", ["state", "created"])
