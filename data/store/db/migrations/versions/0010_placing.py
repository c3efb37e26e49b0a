"""How far the cases are placed by the imported map; and since when a lease is held.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A map that is there already has placed every case. Leases of the former release's processes have ended."""
    op.create_table(
        "placing",
        sa.Column("map", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("placed_to", _KEY, nullable=False),
        sa.Column("last", _KEY, nullable=False),
        sa.Column("moved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("map", name="pk_placing"),
    )
    op.drop_table("lease")
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
