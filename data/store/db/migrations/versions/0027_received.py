"""The index of receipts holds what a search without words asks: one that finds little reads no cases. Frozen."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index for another."""
    op.create_index("ix_case_received", "case", ["received_at", "id", "category", "village", "state", "agency"])
    op.drop_index("ix_case_received_at", "case")
