"""Which chunks of which capture jobs a signed transaction holds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, with the jobs that were noted with their transactions, their chunks unknown."""
    op.create_table(
        "outbox_parts",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("chunk", sa.LargeBinary, primary_key=True, comment="SHA-256 of the chunk"),
        sa.Column("transaction_id", sa.Text, primary_key=True),
    )
    op.create_index("outbox_parts_by_transaction", "outbox_parts", ["transaction_id"])
    parts = sa.table("outbox_parts", *map(sa.column, ("job_id", "chunk", "transaction_id")))
    outbox = sa.table("outbox", *map(sa.column, ("job_id", "transaction_id")))
    noted = sa.select(outbox.c.job_id, sa.literal(b"", sa.LargeBinary), outbox.c.transaction_id)
    op.execute(parts.insert().from_select(list(parts.c), noted.where(outbox.c.job_id.is_not(None))))
    op.drop_index("outbox_by_job", "outbox")
    op.drop_column("outbox", "job_id")


def downgrade() -> None:
    """Note one job with each transaction, as before."""
    op.add_column("outbox", sa.Column("job_id", sa.Text))
    op.create_index("outbox_by_job", "outbox", ["job_id"])
    op.execute(
        "UPDATE outbox SET job_id = "
        "(SELECT min(job_id) FROM outbox_parts WHERE outbox_parts.transaction_id = outbox.transaction_id)"
    )
    op.drop_table("outbox_parts")
