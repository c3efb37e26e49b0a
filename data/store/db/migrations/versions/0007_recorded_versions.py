"""What each version of a policy and a calendar said, and which holidays it used.

Frozen, like the others. Nothing is known of what versions said before: the first start records what they say then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One new, empty table."""
    op.create_table(
        "recorded_version",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.String(length=200)),
        sa.Column("judged", sa.Integer()),
        sa.Column("differing", sa.Integer()),
        sa.PrimaryKeyConstraint("kind", "name", "version", "year", "revision", name="pk_recorded_version"),
    )
