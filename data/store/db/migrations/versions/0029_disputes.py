"""Deals in dispute are found without all others. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_DISPUTED = "state = 'disputed'"


def upgrade() -> None:
    """One index."""
    op.create_index(
        "ix_deal_disputed",
        "deal",
        ["updated_at"],
        sqlite_where=sa.text(_DISPUTED),
        postgresql_where=sa.text(_DISPUTED),
    )
