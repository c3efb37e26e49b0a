"""What became of work that runs by itself: when it last started, succeeded and failed.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One new, empty table."""
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("succeeded_at", sa.BigInteger()),
        sa.Column("failed_at", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_job"),
    )
