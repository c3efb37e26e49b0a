"""When a case changed here last, which may be long after what it tells, and indexes for it and for what waits.

Frozen, like the others. Of cases stored before it is empty: they changed at their last event.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PAUSED, _WAITS = sa.text("open = 1 AND paused_at IS NOT NULL"), sa.text("open AND paused_at IS NOT NULL")


def upgrade() -> None:
    """No row is rewritten: a store of millions takes as long as its new indexes."""
    op.add_column("case", sa.Column("stored_at", sa.BigInteger()))
    op.create_index("ix_case_changed_at", "case", [sa.text("coalesce(stored_at, updated_at)")])
    op.create_index("ix_case_paused", "case", ["paused_at"], sqlite_where=_PAUSED, postgresql_where=_WAITS)
