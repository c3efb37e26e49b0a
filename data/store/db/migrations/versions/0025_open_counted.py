"""What walls count of open cases stands in one index. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("agency", "next_due_at", "open", "source", "category", "state", "private", "cycle", "head_id", "folded"),
    *(
        "received_at",
        "dispatched_at",
        "held_at",
        "acknowledged_at",
        "answered_at",
        "paused_at",
        "resolved_at",
        "ended_at",
    ),
    *("verify_due_at", "respond_due_at", "resolve_due_at", "next_warn_at"),
    *("lat", "lon", "precision", "village", "district"),
)


def upgrade() -> None:
    """In place of the one that finds them only."""
    op.drop_index("ix_case_open_agency", "case")
    op.create_index(
        "ix_case_open",
        "case",
        list(_COLUMNS),
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
