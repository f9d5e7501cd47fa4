"""Where links lead."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "links",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False, comment="path of the link that it is attached to"),
        sa.Column("identity", sa.LargeBinary, nullable=False, comment="SHA-256 of what makes two links the same"),
        sa.Column("link_type", sa.Text, nullable=False),
        sa.Column("href", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("languages", sa.Text, nullable=False, comment="JSON"),
        sa.Column("media_type", sa.Text),
        sa.Column("contexts", sa.Text, nullable=False, comment="JSON"),
        sa.Column("forwards", sa.Integer, nullable=False, comment="1 where a request's query is passed on"),
        sa.Column("version", sa.Integer, nullable=False, comment="grows with every change"),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("organisation", "identity"),
    )
    op.create_index("links_by_anchor", "links", ["anchor"])
    op.create_index("links_by_organisation", "links", ["organisation", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("links")
