"""What answers fell due in a range of time, answered in time or not. Frozen, like the others."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index instead of one of the late ones only."""
    op.drop_index("ix_case_late", "case")
    op.create_index("ix_case_respond_due_at", "case", ["respond_due_at"])
